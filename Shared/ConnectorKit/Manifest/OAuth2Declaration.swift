import YAML

/// How to get an access token.
struct OAuth2Declaration: Sendable {
    let url: TextTemplate
    let grant: Grant
    /// What is shown for the grant that has one.
    let assertion: JWTDeclaration?
    let parameters: [RequestDeclaration.NamedText]

    /// What the token is got for.
    enum Grant: String, CaseIterable, Sendable {
        case refreshToken = "refresh_token"
        case clientCredentials = "client_credentials"
        case password
        case jwt = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    }

    init(_ field: YAMLField) throws(YAMLError) {
        let fields = try field.fields(known: ["url", "grant", "jwt", "parameters"])
        url = try TextTemplate(try field.required("url", in: fields))
        assertion = try fields["jwt"].map { field throws(YAMLError) in try JWTDeclaration(field) }
        grant = assertion == nil ? try field.required("grant", in: fields).choice(of: Grant.self) : .jwt
        guard assertion == nil || fields["grant"] == nil else {
            throw field.error("There can be a “grant” or a “jwt”, not both.")
        }
        guard assertion != nil || grant != .jwt else { throw field.error("This grant is written as “jwt”.") }
        parameters = try RequestDeclaration.texts(fields["parameters"])
    }
}

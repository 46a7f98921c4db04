import YAML

/// How to begin a session.
struct LoginDeclaration: Sendable {
    /// Its answer is the token.
    let request: RequestDeclaration
    /// The header that shows the session, and what it says.
    let header: String
    let value: TextTemplate

    init(_ field: YAMLField) throws(YAMLError) {
        let fields = try field.fields(known: RequestDeclaration.known + ["header", "value"])
        request = try RequestDeclaration(field, fields)
        header = try fields["header"]?.text() ?? "Authorization"
        value = try TextTemplate(try field.required("value", in: fields))
    }
}

import Events
import JQ
import YAML

/// A token that is made and signed here, RFC 7519.
struct JWTDeclaration: Sendable {
    let algorithm: JSONWebToken.Algorithm
    let key: TextTemplate
    /// How the key of an HMAC is written.
    let encoding: JSONWebToken.KeyEncoding
    /// By which of several keys, for whoever checks it.
    let id: TextTemplate?
    let claims: Expression
    let lifetime: Duration

    init(_ field: YAMLField) throws(YAMLError) {
        let fields = try field.fields(known: ["algorithm", "key", "encoding", "id", "claims", "lifetime"])
        algorithm = try field.required("algorithm", in: fields).choice(of: JSONWebToken.Algorithm.self)
        key = try TextTemplate(try field.required("key", in: fields))
        encoding = try fields["encoding"]?.choice(of: JSONWebToken.KeyEncoding.self) ?? .text
        guard encoding == .text || algorithm == .hs256 else {
            throw field.error("Only a key for HS256 has an “encoding”; others are PEM.")
        }
        id = try fields["id"].map { field throws(YAMLError) in try TextTemplate(field) }
        claims = try Expression(try field.required("claims", in: fields))
        lifetime = try fields["lifetime"]?.duration() ?? .seconds(3600)
    }

    /// The token, with `iat` and `exp` among its claims unless they are said.
    func token(in scope: Scope, at now: Timestamp) throws(ConnectorFailure) -> String {
        do throws(ProgramError) {
            let key = try JSONWebToken.Key(try key.text(in: scope) ?? "", for: algorithm, encoding)
            guard case .object(let own)? = try claims.value(of: .null, in: scope) else {
                throw ProgramError(problem: "Its claims are no object.")
            }
            let seconds = now.microseconds / 1_000_000
            let claims: [String: JSONValue] = [
                "iat": .number(JSONNumber(seconds)),
                "exp": .number(JSONNumber(seconds + lifetime.microseconds / 1_000_000)),
            ]
            let id = try id?.text(in: scope)
            return try JSONWebToken.signed(.object(claims.merging(own) { _, own in own }), id: id, by: key)
        } catch {
            throw ConnectorFailure(.configuration, "The login's token cannot be made: \(error.problem)")
        }
    }
}

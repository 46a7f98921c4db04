import YAML

/// What an answer means that does not mean the usual.
struct ErrorRule: Sendable {
    /// `nil` for any.
    let status: Int?
    /// What must hold for its body.
    let condition: Expression?
    let meaning: Meaning
    let message: Expression?
    /// From the body: in how many seconds one may come back, where no header says it.
    let retryAfter: Expression?

    /// What it means.
    enum Meaning: String, CaseIterable, Sendable {
        case configuration, permission, rateLimit, transient, system
        /// The access token is no good any more.
        case refresh
        /// As if there were no records.
        case ignore
        /// What the request goes on from is not known any more.
        case restart
    }

    /// The rules of a list.
    static func list(_ field: YAMLField?) throws(YAMLError) -> [ErrorRule] {
        guard let field else { return [] }
        guard let elements = field.elements else { throw field.error("“errors” must be a list.") }
        return try elements.map { element throws(YAMLError) in try ErrorRule(element) }
    }

    init(_ field: YAMLField) throws(YAMLError) {
        let fields = try field.fields(known: ["status", "when", "as", "message", "retryAfter"])
        status = try fields["status"]?.integer(in: 100...599)
        condition = try fields["when"].map { field throws(YAMLError) in try Expression(field) }
        meaning = try field.required("as", in: fields).choice(of: Meaning.self)
        message = try fields["message"].map { field throws(YAMLError) in try Expression(field) }
        retryAfter = try fields["retryAfter"].map { field throws(YAMLError) in try Expression(field) }
        guard status != nil || condition != nil else {
            throw field.error("A rule needs a “status” or a “when”.")
        }
    }
}

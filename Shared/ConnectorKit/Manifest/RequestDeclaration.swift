import YAML

/// A request as a manifest describes it.
struct RequestDeclaration: Sendable {
    let method: String
    /// A path, or a whole address.
    let path: TextTemplate
    let query: [NamedText]
    let headers: [NamedText]
    let content: Content
    /// What its answers mean, before the rules that are for all.
    let errors: [ErrorRule]

    /// What is sent with it.
    enum Content: Sendable {
        case nothing
        case json(Expression)
        case form([NamedText])
    }

    /// A query parameter, header or form field.
    struct NamedText: Sendable {
        let name: String
        let value: TextTemplate
    }

    /// The fields that describe one.
    static let known = ["request", "query", "headers", "body", "form", "errors"]
    private static let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]

    init(_ whole: YAMLField, _ fields: [String: YAMLField]) throws(YAMLError) {
        let line = try whole.required("request", in: fields)
        let text = try line.text()
        guard let space = text.firstIndex(of: " "), Self.methods.contains(String(text[..<space])) else {
            throw line.error("“request” must be a method and a path, such as GET /v1/customers.")
        }
        method = String(text[..<space])
        path = try TextTemplate(String(text[space...].drop { $0 == " " }), at: line, .address)
        query = try Self.texts(fields["query"])
        headers = try Self.texts(fields["headers"])
        errors = try ErrorRule.list(fields["errors"])
        if let body = fields["body"] {
            guard fields["form"] == nil else { throw body.nameError("There can be a “body” or a “form”, not both.") }
            content = .json(try Expression(body))
        } else if let form = fields["form"] {
            content = .form(try Self.texts(form))
        } else {
            content = .nothing
        }
    }

    /// Texts by their names, in the order of the file.
    static func texts(_ field: YAMLField?) throws(YAMLError) -> [NamedText] {
        guard let field else { return [] }
        guard let members = field.members else {
            throw field.error("\(field.title) must be a mapping from names to texts.")
        }
        return try members.map { member throws(YAMLError) in
            NamedText(name: member.name, value: try TextTemplate(member))
        }
    }
}

import YAML

/// Something that a vendor can be told to do.
struct ActionDeclaration: Sendable {
    let name: String
    let summary: String
    /// The members of a command's payload, and what each is.
    let input: [(name: String, summary: String)]
    let request: RequestDeclaration
    /// From the answer: who the command's person is over there.
    let link: Expression?
    /// Whether doing it twice is like doing it once.
    let isRepeatable: Bool

    init(_ field: YAMLField) throws(YAMLError) {
        let fields = try field.fields(known: ["summary", "input", "link", "repeatable"] + RequestDeclaration.known)
        name = field.name
        summary = try field.required("summary", in: fields).text()
        request = try RequestDeclaration(field, fields)
        link = try fields["link"].map { field throws(YAMLError) in try Expression(field) }
        isRepeatable = try fields["repeatable"]?.flag() ?? (request.method != "POST")
        input = try (fields["input"]?.members ?? []).map { member throws(YAMLError) in
            (name: member.name, summary: try member.text())
        }
    }
}

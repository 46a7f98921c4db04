import Events

extension QueryParameter.Kind {
    /// Writes the JSON Schema of the values that it accepts.
    func writeSchema(to writer: inout JSONWriter) {
        writer.beginObject()
        switch self {
        case .flag:
            writer.field("type", "boolean")
            writer.field("default", false)
        case .integer(let range, let standard):
            writer.field("type", "integer")
            writer.field("minimum", range.lowerBound)
            writer.field("maximum", range.upperBound)
            writer.field("default", standard)
        case .choice(let choices, let standard):
            writer.field("type", "string")
            writer.field("enum", .array(choices.map(JSONValue.string)))
            if let standard { writer.field("default", standard) }
        case .time:
            writer.field("type", "string")
            writer.field("format", "date-time")
        case .text(let limit):
            writeText(maxLength: limit, to: &writer)
        case .list: writeText(maxLength: Self.listLimit, to: &writer)
        case .identifier:
            writer.field("type", "string")
            writer.field("pattern", Self.identifierPattern)
        case .reference:
            writer.field("type", "string")
            writer.field("pattern", ProfileReference.pattern)
        case .cursor(let pattern):
            writer.field("type", "string")
            writer.field("pattern", pattern ?? Self.textPattern)
            writer.field("description", "Opaque: give it back as it came.")
        }
        writer.endObject()
    }

    private func writeText(maxLength: Int, to writer: inout JSONWriter) {
        writer.field("type", "string")
        writer.field("minLength", 1)
        writer.field("maxLength", maxLength)
        writer.field("pattern", Self.textPattern)
    }

    /// Any text; a NUL is refused everywhere.
    static let textPattern = "^[^\\u0000]*$"

    /// What an identifier looks like to a program that knows regular expressions only.
    static let identifierPattern = "^[^:]+:[^\\u0000]+$"
}

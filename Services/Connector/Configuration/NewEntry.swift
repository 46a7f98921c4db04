import Events

/// An entry that is to be added to the configuration file.
struct NewEntry {
    /// The lists of the file.
    enum List: String {
        case connectors, sources, destinations
    }

    var list = List.connectors
    var name: String
    var type: String
    /// Its settings in their order, without name and type.
    var settings: [(name: String, value: JSONValue)] = []

    /// As the file has it, read as JSON.
    var json: JSONValue {
        .object(Dictionary(members, uniquingKeysWith: { _, last in last }))
    }

    /// Its lines, as an element of a list.
    func lines(indent: Int) -> [String] {
        members.enumerated().map { index, member in
            let margin = String(repeating: " ", count: indent)
            return "\(margin)\(index == 0 ? "- " : "  ")\(member.0): \(Self.yaml(member.1))"
        }
    }

    private var members: [(String, JSONValue)] {
        [("name", .string(name)), ("type", .string(type))] + settings.map { ($0.name, $0.value) }
    }

    /// A value as YAML: JSON, which is YAML as well, unless it can do without quotes.
    private static func yaml(_ value: JSONValue) -> String {
        if case .string(let text) = value, isPlain(text) { return text }
        return value.text
    }

    /// Whether the text is read as itself without quotes.
    private static func isPlain(_ text: String) -> Bool {
        let isOrdinary = text.wholeMatch(of: #/[A-Za-z$\/][A-Za-z0-9_.\/:@+${}-]*|[0-9]+(ms|s|m|h|d)/#) != nil
        return isOrdinary && !text.hasSuffix(":") && !["true", "false", "null"].contains(text.lowercased())
    }
}

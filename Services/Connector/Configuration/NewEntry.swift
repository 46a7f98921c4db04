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
        let margin = String(repeating: " ", count: indent)
        let lines = members.flatMap { Self.lines($0.0, $0.1) }
        return lines.enumerated().map { "\(margin)\($0 == 0 ? "- " : "  ")\($1)" }
    }

    /// A member, with those inside it on lines of their own.
    private static func lines(_ name: String, _ value: JSONValue) -> [String] {
        guard case .object(let members) = value, !members.isEmpty else { return ["\(key(name)): \(yaml(value))"] }
        let inside = members.sorted { $0.key < $1.key }.flatMap { lines($0.key, $0.value) }
        return ["\(key(name)):"] + inside.map { "  \($0)" }
    }

    private static func key(_ name: String) -> String { yaml(.string(name)) }

    private var members: [(String, JSONValue)] {
        [("name", .string(name)), ("type", .string(type))] + settings.map { ($0.name, $0.value) }
    }

    /// A value as YAML: JSON, which is YAML as well, unless it can do without quotes.
    private static func yaml(_ value: JSONValue) -> String {
        guard case .string(let text) = value else { return value.text }
        if isPlain(text) { return text }
        // An expression is full of double quotes, which JSON would escape.
        guard text.contains("\""), text.allSatisfy({ $0.isASCII && $0 >= " " && $0 <= "~" }) else { return value.text }
        return "'\(text.replacing("'", with: "''"))'"
    }

    /// Whether the text is read as itself without quotes.
    private static func isPlain(_ text: String) -> Bool {
        let isOrdinary = text.wholeMatch(of: #/[A-Za-z$\/][A-Za-z0-9_.\/:@+${}-]*|[0-9]+(ms|s|m|h|d)/#) != nil
        return isOrdinary && !text.hasSuffix(":") && !["true", "false", "null"].contains(text.lowercased())
    }
}

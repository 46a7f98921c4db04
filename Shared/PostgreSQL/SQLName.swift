/// The name of a table or a column, as it stands in a statement.
public struct SQLName: Sendable, Equatable, CustomStringConvertible {
    /// The parts, such as schema and table.
    public let parts: [String]

    /// One name, whatever characters it has.
    public init(_ name: String) {
        parts = [name]
    }

    /// A name whose parts a full stop divides; a part in double quotes may have full stops itself.
    ///
    /// Letters keep their case, as between quotes. `nil` when a part is empty or a quote is open.
    public init?(qualified text: String) {
        var parts: [String] = []
        var rest = text[...]
        while true {
            guard let part = Self.part(of: &rest), !part.isEmpty else { return nil }
            parts.append(part)
            if rest.isEmpty { break }
            guard rest.removeFirst() == "." else { return nil }
        }
        self.parts = parts
    }

    /// The name in quotes, whatever it holds.
    public var description: String {
        parts.map { "\"\($0.replacing("\"", with: "\"\""))\"" }.joined(separator: ".")
    }

    private static func part(of rest: inout Substring) -> String? {
        guard rest.first == "\"" else {
            let part = rest.prefix { $0 != "." && $0 != "\"" }
            rest = rest[part.endIndex...]
            return String(part)
        }
        var part = ""
        rest.removeFirst()
        while let end = rest.firstIndex(of: "\"") {
            part += rest[..<end]
            rest = rest[rest.index(after: end)...]
            guard rest.first == "\"" else { return part }
            part.append("\"")
            rest.removeFirst()
        }
        return nil
    }
}

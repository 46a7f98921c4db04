import Events

/// JSON whose texts are templates: whatever a value holds, the result has the same shape.
indirect enum JSONTemplate: Sendable, Equatable {
    case constant(JSONValue)
    /// The value at a path with its own type: a number stays a number, a list a list; null when there is none.
    case value(String)
    case text(Template)
    case array([JSONTemplate])
    case object([String: JSONTemplate])

    func render(_ scope: MessageScope) -> JSONValue {
        switch self {
        case .constant(let value): value
        case .value(let path): scope.value(at: path) ?? .null
        case .text(let template): .string(template.render(scope))
        case .array(let elements): .array(elements.map { $0.render(scope) })
        case .object(let members): .object(members.mapValues { $0.render(scope) })
        }
    }

    /// The path, when the text is one plain tag and nothing else.
    static func path(in text: String) -> String? {
        guard text.hasPrefix("{{"), text.hasSuffix("}}"), text.utf8.count > 4 else { return nil }
        // Spaces around the name mean nothing; in it they make it another one, which no tag can name.
        var name = text.dropFirst(2).dropLast(2).drop { $0 == " " }
        while name.last == " " { name.removeLast() }
        let isPlain = name.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || $0.properties.numericType != nil || $0 == "." || $0 == "_" || $0 == "-"
        }
        return isPlain && !name.isEmpty && name != "." ? String(name) : nil
    }
}

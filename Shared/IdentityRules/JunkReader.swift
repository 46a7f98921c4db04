import Events
import Identity
import YAML

/// Reads a list of junk values, and brings each to the form that it is compared in.
struct JunkReader {
    private static let namespace = "junk"

    /// As the rules are, but that junk is not left out.
    private let rules: Rules
    private let normalization: NamespaceRule.Normalization

    init(rules: Rules, normalization: NamespaceRule.Normalization) {
        self.rules = rules
        self.normalization = normalization
    }

    /// The values in lower case, as an event's value is after it was normalized.
    func values(_ list: YAMLField) throws(YAMLError) -> Set<String> {
        guard let elements = list.elements else { throw list.error("“junk” must be a list of texts.") }
        var values: Set<String> = []
        for element in elements { values.insert(try value(element)) }
        return values
    }

    private func value(_ element: YAMLField) throws(YAMLError) -> String {
        let text = try element.text()
        if let value = normalized(text, normalization) { return value.lowercased() }
        guard isJunkAnyhow(text) else {
            throw element.error("“junk” has “\(text)”, which is \(shortcoming(of: text)); so no value is ever like it.")
        }
        return text.lowercased()
    }

    private func normalized(_ text: String, _ normalization: NamespaceRule.Normalization) -> String? {
        var rules = rules
        rules.namespaces[Self.namespace] = NamespaceRule(priority: 0, normalization: normalization)
        return rules.normalized(Self.namespace, text)?.value
    }

    /// Whether a value that is never taken would be, if it were not known as junk without being named.
    private func isJunkAnyhow(_ text: String) -> Bool {
        guard text.utf8.count <= rules.identifierBytes else { return false }
        if normalized(text, .trimmed) == nil { return true }
        switch normalization {
        case .email: return text.dropFirst().dropLast().contains("@")
        case .phone: return (7...15).contains(text.utf8.count { (0x30...0x39).contains($0) })
        default: return false
        }
    }

    private func shortcoming(of text: String) -> String {
        guard text.utf8.count <= rules.identifierBytes else { return "longer than “identifierBytes”" }
        switch normalization {
        case .email: return "no e-mail address"
        case .phone: return "no phone number"
        default: return "no identifier"
        }
    }
}

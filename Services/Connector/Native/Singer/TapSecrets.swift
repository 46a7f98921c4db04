import Events

/// A tap's configuration with variables of the environment in place of what is secret.
///
/// The tap does not say which of its members that is, so they are told by their names, however deep they stand.
struct TapSecrets {
    private(set) var configuration: [String: JSONValue] = [:]
    /// Which members were secret, and the variable that stands for each.
    private(set) var variables: [(member: String, name: String)] = []
    private let source: String

    init(of configuration: [String: JSONValue], for source: String) {
        self.source = source
        for (name, value) in configuration.sorted(by: { $0.key < $1.key }) {
            self.configuration[name] = replaced(value, at: [name], called: name)
        }
    }

    /// The elements of a list are called what the list is.
    private mutating func replaced(_ value: JSONValue, at path: [String], called name: String) -> JSONValue {
        switch value {
        case .object(let members):
            var rest: [String: JSONValue] = [:]
            for (name, member) in members.sorted(by: { $0.key < $1.key }) {
                rest[name] = replaced(member, at: path + [name], called: name)
            }
            return .object(rest)
        case .array(let elements):
            var rest: [JSONValue] = []
            for (index, element) in elements.enumerated() {
                rest.append(replaced(element, at: path + [String(index)], called: name))
            }
            return .array(rest)
        case .string(let text) where !text.hasPrefix("${") && Self.isSecret(name):
            let variable = EntryPlan.variable(of: path.joined(separator: "_"), in: source)
            variables.append((path.joined(separator: "."), variable))
            return .string("${\(variable)}")
        default: return value
        }
    }

    private static func isSecret(_ name: String) -> Bool {
        name.lowercased().contains(
            #/(token|secret|password|passphrase|credentials?|api_?key|access_key|private_key)$/#
        )
    }
}

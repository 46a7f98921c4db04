import Identity
import YAML

/// The lines that a file speaks of namespaces on, and what must hold between namespaces.
struct NamespacePlaces {
    /// By name.
    var named: [String: Int] = [:]
    /// Of all that are not named.
    var other: Int?
    /// Of those that end in `.contact`.
    var contact: Int?

    private struct Entry {
        var name: String
        var rule: NamespaceRule
        var line: Int?
    }

    /// Refuses a device that is as strong as a login: no login could divide it, nor many make it shared.
    func check(_ rules: Rules) throws(YAMLError) {
        let entries = entries(rules)
        guard
            let device = entries.filter(\.rule.isDevice).min(by: { $0.rule.priority < $1.rule.priority }),
            let login = entries.filter(\.rule.isLogin).max(by: { $0.rule.priority < $1.rule.priority }),
            device.rule.priority <= login.rule.priority
        else { return }
        throw YAMLError(
            line: [device.line, login.line].compactMap { $0 }.max(),
            problem: """
                The device “\(device.name)” must be weaker than every login: its priority \(device.rule.priority) must be \
                greater than the \(login.rule.priority) of “\(login.name)”.
                """
        )
    }

    private func entries(_ rules: Rules) -> [Entry] {
        rules.namespaces.sorted { $0.key < $1.key }.map { Entry(name: $0.key, rule: $0.value, line: named[$0.key]) } + [
            Entry(name: "contactNamespaces", rule: rules.contact, line: contact),
            Entry(name: "otherNamespaces", rule: rules.other, line: other),
        ]
    }
}

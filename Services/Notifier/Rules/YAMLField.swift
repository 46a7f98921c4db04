import Yams

/// One value of the configuration file, with the rule it belongs to, so that what is wrong can be said with its place.
struct YAMLField {
    let node: Node
    var rule: String?

    var line: Int? { node.mark?.line }

    /// The text of a scalar.
    func text(_ name: String) throws(RuleError) -> String {
        guard let scalar = node.scalar, !scalar.string.isEmpty else { throw error("“\(name)” must be a text.") }
        return scalar.string
    }

    /// The fields of a mapping; a field that is not known is refused by name.
    func fields(_ name: String, known: [String]) throws(RuleError) -> [String: YAMLField] {
        guard let mapping = node.mapping else {
            throw error("“\(name)” must be a mapping with \(YAMLField.list(known)).")
        }
        var fields: [String: YAMLField] = [:]
        for (key, value) in mapping {
            let keyName = key.scalar?.string ?? ""
            guard known.contains(keyName) else {
                throw YAMLField(node: key, rule: rule)
                    .error("“\(name)” has the unknown field “\(keyName)”; known are \(YAMLField.list(known)).")
            }
            fields[keyName] = YAMLField(node: value, rule: rule)
        }
        return fields
    }

    func error(_ problem: String) -> RuleError {
        RuleError(line: line, rule: rule, problem: problem)
    }

    private static func list(_ names: [String]) -> String {
        names.map { "“\($0)”" }.joined(separator: ", ")
    }
}

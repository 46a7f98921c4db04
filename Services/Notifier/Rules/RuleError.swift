import YAML

/// Why the rules of a configuration file cannot be used.
struct RuleError: Error, Equatable, Sendable, CustomStringConvertible {
    var file: String = ""
    var line: Int?
    /// The name of the rule, as far as one could be read.
    var rule: String?
    /// One sentence.
    var problem: String

    var description: String {
        let place = [file.isEmpty ? nil : file, line.map { "line \($0)" }, rule.map { "rule “\($0)”" }]
        let prefix = place.compactMap { $0 }.joined(separator: ", ")
        return prefix.isEmpty ? problem : "\(prefix): \(problem)"
    }
}

extension RuleError {
    /// What was found in the file.
    init(_ error: YAMLError, rule: String? = nil) {
        self.init(line: error.line, rule: rule, problem: error.problem)
    }
}

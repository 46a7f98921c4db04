import Yams

/// The rules of a configuration file, checked as a whole: either all of them can be used or none.
struct RuleBook: Sendable, Equatable {
    var rules: [Rule]

    static let empty = RuleBook(rules: [])

    init(rules: [Rule]) {
        self.rules = rules
    }

    /// Reads the section `rules:`; a file without one has no rules.
    init(yaml: String) throws(RuleError) {
        guard let root = try RuleBook.compose(yaml) else {
            self.init(rules: [])
            return
        }
        guard let sections = root.mapping else {
            throw RuleError(line: root.mark?.line, problem: "The file must be a mapping with “rules” and others.")
        }
        let destinations = sections["destinations"].map(RuleBook.names)
        guard let section = sections["rules"], section.null == nil else {
            self.init(rules: [])
            return
        }
        guard let list = section.sequence else {
            throw RuleError(line: section.mark?.line, problem: "“rules” must be a list.")
        }
        var rules: [Rule] = []
        for node in list {
            let rule = try RuleReader(node: node).rule()
            try RuleBook.check(rule, after: rules, destinations: destinations)
            rules.append(rule)
        }
        self.init(rules: rules)
    }

    private static func check(_ rule: Rule, after others: [Rule], destinations: [String]?) throws(RuleError) {
        func error(_ problem: String) -> RuleError { RuleError(line: rule.line, rule: rule.name, problem: problem) }
        if let other = others.first(where: { $0.name == rule.name }) {
            throw error("The rule on line \(other.line) has the same name.")
        }
        if let destinations, !destinations.contains(rule.destination) {
            let known = destinations.map { "“\($0)”" }.joined(separator: ", ")
            throw error("There is no destination “\(rule.destination)”; there are \(known.isEmpty ? "none" : known).")
        }
    }

    /// The destinations' names, whether they are written as a mapping by name or as a list of those.
    private static func names(of section: Node) -> [String] {
        if let mapping = section.mapping { return mapping.keys.compactMap(\.scalar?.string) }
        return section.sequence?.compactMap { $0.mapping?["name"]?.scalar?.string } ?? []
    }

    private static func compose(_ yaml: String) throws(RuleError) -> Node? {
        do {
            return try Yams.compose(yaml: yaml)
        } catch let error as YamlError {
            throw RuleError(yaml: error)
        } catch {
            throw RuleError(problem: "\(error)")
        }
    }
}

extension RuleError {
    /// What the YAML parser found, with its line.
    fileprivate init(yaml error: YamlError) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            self.init(line: mark.line, problem: "This is not YAML: \(problem).")
        case .duplicatedKeysInMapping(let duplicates, let context):
            self.init(
                line: context.mark.line,
                problem: "A field comes twice: \(duplicates.joined(separator: ", "))."
            )
        default:
            self.init(problem: "This is not YAML: \(error)")
        }
    }
}

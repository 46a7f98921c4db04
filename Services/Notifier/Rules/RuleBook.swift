import YAML

/// The rules of a configuration file, checked as a whole: either all of them can be used or none.
struct RuleBook: Sendable, Equatable {
    var rules: [Rule]

    static let empty = RuleBook(rules: [])

    init(rules: [Rule]) {
        self.rules = rules
    }

    /// Reads the section `rules:`; a file without one has no rules.
    init(yaml: String) throws(RuleError) {
        self.init(rules: [])
        guard let sections = try RuleBook.sections(of: yaml) else { return }
        guard let section = sections.first(where: { $0.name == "rules" }), !section.isNull else { return }
        guard let list = section.elements else { throw RuleError(section.error("“rules” must be a list.")) }
        let destinations = RuleBook.destinations(in: sections)
        for element in list {
            let rule = try RuleReader(element).checkedRule()
            try RuleBook.check(rule, after: rules, destinations: destinations)
            rules.append(rule)
        }
    }

    private static func sections(of yaml: String) throws(RuleError) -> [YAMLField]? {
        do throws(YAMLError) {
            guard let file = try YAMLField(file: yaml) else { return nil }
            guard let sections = file.members else {
                throw file.error("The file must be a mapping with “rules” and others.")
            }
            return sections
        } catch {
            throw RuleError(error)
        }
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

    /// What a rule may send to, as far as the file tells: it need not be the connector's as well.
    private static func destinations(in sections: [YAMLField]) -> [String]? {
        let told = sections.filter { ["destinations", "connectors"].contains($0.name) }
        return told.isEmpty ? nil : told.flatMap(names)
    }

    /// The names of a section's entries, whether they are written as a mapping by name or as a list of those.
    private static func names(of section: YAMLField) -> [String] {
        if let members = section.members { return members.map(\.name) }
        return section.elements?.compactMap { $0.member("name")?.scalar } ?? []
    }
}

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
        let destinations = Target.all(in: sections)
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

    private static func check(_ rule: Rule, after others: [Rule], destinations: [Target]?) throws(RuleError) {
        func error(_ problem: String) -> RuleError { RuleError(line: rule.line, rule: rule.name, problem: problem) }
        if let other = others.first(where: { $0.name == rule.name }) {
            throw error("The rule on line \(other.line) has the same name.")
        }
        guard let destinations else { return }
        let targets = destinations.filter { $0.name == rule.destination }
        if targets.isEmpty {
            let known = destinations.map { "“\($0.name)”" }.joined(separator: ", ")
            throw error("There is no destination “\(rule.destination)”; there are \(known.isEmpty ? "none" : known).")
        }
        for target in targets {
            guard let kind = target.kind, !kind.takes(rule.message) else { continue }
            throw error("“\(target.name)” is of the type \(kind.type), which takes “\(kind.field)”.")
        }
    }
}

/// What a rule may send to, as far as the file tells: it need not be the connector's as well.
private struct Target {
    let name: String
    let type: String?

    /// A type that can do nothing without a certain member of what it is sent.
    struct Kind {
        let type: String
        /// What a rule has that sends the member.
        let field: String
        let member: String

        func takes(_ message: MessageTemplate) -> Bool {
            switch message {
            case .email: field == "email"
            case .webhook: field == "webhook"
            case .action(_, .object(let input)): input[member] != nil
            case .action: false
            }
        }
    }

    private static let kinds = [
        Kind(type: "smtp", field: "email", member: "to"), Kind(type: "webhook", field: "webhook", member: "body"),
    ]

    /// `nil` for what writes down whatever comes, and for a connector, of which only its manifest knows what it takes.
    var kind: Kind? { Self.kinds.first { $0.type == type } }

    static func all(in sections: [YAMLField]) -> [Target]? {
        let told = sections.filter { ["destinations", "connectors"].contains($0.name) }
        return told.isEmpty ? nil : told.flatMap(entries)
    }

    /// A section's entries, whether they are written as a mapping by name or as a list of those.
    private static func entries(of section: YAMLField) -> [Target] {
        if let members = section.members {
            return members.map { Target(name: $0.name, type: $0.member("type")?.scalar) }
        }
        return section.elements?.compactMap { element in
            element.member("name")?.scalar.map { Target(name: $0, type: element.member("type")?.scalar) }
        } ?? []
    }
}

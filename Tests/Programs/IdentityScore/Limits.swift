import Events
import Identity

/// Which profiles have more than the rules allow, counted from the evidence itself.
struct Limits {
    private let graph: ResolvedGraph
    private let rules: Rules
    /// For each record that a system may have twice, its mail addresses and phone numbers that are not shared.
    private var addresses: [Int: [String: Set<Int>]] = [:]

    init(_ graph: ResolvedGraph, rules: Rules) {
        self.graph = graph
        self.rules = rules
        for evidence in graph.component.evidence {
            for (record, other) in [(evidence.left, evidence.right), (evidence.right, evidence.left)]
            where rule(of: record).mayRepeat && isAddress(other) {
                addresses[record, default: [:]][namespace(of: other), default: []].insert(other)
            }
        }
    }

    /// How many profiles are above a limit.
    var exceeded: Int { graph.resolution.profiles.count(where: isExceeded) }

    private func isExceeded(_ profile: Resolution.Profile) -> Bool {
        let members = Set(profile.parts.map(\.member))
        return Dictionary(grouping: members, by: namespace).contains { namespace, members in
            let rule = rules[namespace]
            return members.count > rule.limit && !(rule.mayRepeat && areOne(members))
        }
    }

    /// Whether records are one person's: each agrees with another, and no two contradict each other.
    private func areOne(_ records: [Int]) -> Bool {
        records.allSatisfy { one in
            let others = records.filter { $0 != one }
            return others.allSatisfy { !contradict(one, $0) } && others.contains { agree(one, $0) }
        }
    }

    private func agree(_ one: Int, _ other: Int) -> Bool {
        common(one, other).contains { !$0.isEmpty }
    }

    private func contradict(_ one: Int, _ other: Int) -> Bool {
        common(one, other).contains(where: \.isEmpty)
    }

    /// What two records have in common of each kind of address that both have.
    private func common(_ one: Int, _ other: Int) -> [Set<Int>] {
        let theirs = addresses[other] ?? [:]
        return (addresses[one] ?? [:]).compactMap { kind, values in theirs[kind].map(values.intersection) }
    }

    private func isAddress(_ member: Int) -> Bool {
        let rule = rule(of: member)
        let isCertain = rule.isUnique || rule.isDevice
        return !isCertain && rule.normalization != .trimmed && graph.resolution.states[member] != .shared
    }

    private func namespace(of member: Int) -> String { graph.component.members[member].identifier.namespace }

    private func rule(of member: Int) -> NamespaceRule { rules[namespace(of: member)] }
}

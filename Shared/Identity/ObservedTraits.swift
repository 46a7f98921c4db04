import Events

/// What was seen of traits, by member: of each the value that counts, or all of them where more than the last may count.
struct ObservedTraits: Sendable {
    /// What was seen of a member's trait.
    struct Observation: Sendable {
        var member: Int
        /// The place of its name.
        var trait: Int
        var seen: SeenValue
    }

    private struct Key: Hashable, Sendable {
        var member: Int32
        var trait: Int32
    }

    /// The traits' names.
    private(set) var names: [String] = []
    /// Of each trait, whether more than its last value may count.
    private var areManifold: [Bool] = []
    /// In the order in which members and traits first appeared.
    private(set) var all: [Observation] = []
    private var places: [String: Int] = [:]
    /// Where a value is that the next one may replace.
    private var last: [Key: Int] = [:]

    mutating func add(
        _ told: EventFacts.Observation,
        of member: Int,
        _ header: EventHeader,
        keepingAll: Bool,
        _ rules: Rules
    ) {
        let trait = place(of: told.trait, rules)
        let rank = SeenValue.rank(at: header.timestamp, isInitial: told.isInitial)
        let seen = SeenValue(value: told.value, rank: rank, source: header.source, messageID: header.messageID)
        if !keepingAll, !areManifold[trait] {
            let key = Key(member: Int32(member), trait: Int32(trait))
            if let known = last[key] {
                if seen.outranks(all[known].seen) { all[known].seen = seen }
                return
            }
            last[key] = all.count
        }
        all.append(Observation(member: member, trait: trait, seen: seen))
    }

    private mutating func place(of name: String, _ rules: Rules) -> Int {
        if let place = places[name] { return place }
        places[name] = names.count
        names.append(name)
        areManifold.append(rules.traits[name] != nil)
        return names.count - 1
    }
}

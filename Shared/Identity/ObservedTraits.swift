import Events

/// What was seen of traits, by member: of each the value that counts, or all of them where more than the last may count.
struct ObservedTraits: Sendable {
    /// What was seen of a member's trait.
    struct Observation: Sendable {
        /// The place of the member, and that of the trait's name.
        var key: PlacePair
        var seen: SeenValue

        var member: Int { Int(key.first) }
        var trait: Int { Int(key.second) }
    }

    /// The traits' names.
    private(set) var names: [String] = []
    /// Of each trait, whether more than its last value may count.
    private var areManifold: [Bool] = []
    /// In the order in which members and traits first appeared.
    private(set) var all: [Observation] = []
    private var places = PlaceTable()
    /// Where a value is that the next one may replace.
    private var last = PlaceTable()

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
        let key = PlacePair(first: Int32(member), second: Int32(trait))
        if !keepingAll, !areManifold[trait] {
            let place = last.enter(last.hash(of: key), new: all.count) { [all] in all[$0].key == key }
            if place < all.count {
                if seen.outranks(all[place].seen) { all[place].seen = seen }
                return
            }
        }
        all.append(Observation(key: key, seen: seen))
    }

    private mutating func place(of name: String, _ rules: Rules) -> Int {
        let place = places.enter(places.hash(of: name), new: names.count) { [names] in
            UTF8Order.areSame(names[$0], name)
        }
        if place == names.count {
            names.append(name)
            areManifold.append(rules.traits[name] != nil)
        }
        return place
    }
}

import Events

/// What was seen of traits, by member: of each the value that counts, or all of them where more than the last may count.
struct ObservedTraits: Sendable {
    /// What was seen of a member's trait.
    struct Observation: Sendable {
        /// The place of the member, and that of the trait's name.
        var key: PlacePair
        /// The place of the event that told it.
        var event: Int32
        var rank: Int64
        var value: String

        var member: Int { Int(key.first) }
        var trait: Int { Int(key.second) }
        var time: Timestamp { Timestamp(microseconds: abs(rank)) }

        func seen(in events: [MemoryGraph.Happening]) -> SeenValue {
            let event = events[Int(event)]
            return SeenValue(value: value, rank: rank, source: event.source, messageID: event.messageID)
        }

        func outranks(_ other: Observation, _ events: [MemoryGraph.Happening]) -> Bool {
            rank != other.rank ? rank > other.rank : seen(in: events).outranks(other.seen(in: events))
        }
    }

    /// The traits' names.
    private(set) var names: [String] = []
    /// Of each trait, the rule that chooses among its values; `nil` where the one seen last counts.
    private(set) var rules: [TraitRule?] = []
    /// In the order in which members and traits first appeared.
    private(set) var all: [Observation] = []
    private var places = PlaceTable()
    /// Where a value is that the next one may replace.
    private var last = PlaceTable()
    /// The place behind that of the value before: traits that were seen together mostly are again.
    private var next = 0

    /// Takes in what the last of the events told.
    mutating func add(
        _ told: EventFacts.Observation,
        of member: Int,
        _ events: [MemoryGraph.Happening],
        keepingAll: Bool,
        _ rules: Rules
    ) {
        let trait = place(of: told.trait, rules)
        let event = events.count - 1
        let observation = Observation(
            key: PlacePair(first: Int32(member), second: Int32(trait)),
            event: Int32(event),
            rank: SeenValue.rank(at: events[event].time, isInitial: told.isInitial),
            value: told.value
        )
        guard !keepingAll, self.rules[trait] == nil else { return all.append(observation) }
        let place = place(of: observation.key)
        next = place + 1
        if place == all.count {
            all.append(observation)
        } else if observation.outranks(all[place], events) {
            all[place] = observation
        }
    }

    private mutating func place(of key: PlacePair) -> Int {
        if next < all.count, all[next].key == key { return next }
        return last.enter(last.hash(of: key), new: all.count) { [all] in all[$0].key == key }
    }

    private mutating func place(of name: String, _ rules: Rules) -> Int {
        let place = places.enter(places.hash(of: name), new: names.count) { [names] in
            UTF8Order.areSame(names[$0], name)
        }
        if place == names.count {
            names.append(name)
            self.rules.append(rules.traits[name])
        }
        return place
    }
}

import Events

/// What was seen of traits, by member: of each the value that counts, or all of them where more than the last may count.
struct ObservedTraits: Sendable {
    private struct Key: Hashable, Sendable {
        var member: Int
        /// The place of its name.
        var trait: Int
    }

    private var names: [String] = []
    private var places: [String: Int] = [:]
    private var last: [Key: SeenValue] = [:]
    private var all: [Int: [(trait: String, value: SeenValue)]] = [:]

    mutating func add(
        _ seen: EventFacts.Observation,
        of member: Int,
        _ header: EventHeader,
        keepingAll: Bool,
        _ rules: Rules
    ) {
        let value = SeenValue(
            value: seen.value,
            rank: SeenValue.rank(at: header.timestamp, isInitial: seen.isInitial),
            source: header.source,
            messageID: header.messageID
        )
        if keepingAll || rules.traits[seen.trait] != nil {
            all[member, default: []].append((seen.trait, value))
            return
        }
        let key = Key(member: member, trait: place(of: seen.trait))
        if let known = last[key], !value.outranks(known) { return }
        last[key] = value
    }

    private mutating func place(of name: String) -> Int {
        if let place = places[name] { return place }
        places[name] = names.count
        names.append(name)
        return names.count - 1
    }

    /// Every value with its member and trait.
    var values: [(member: Int, trait: String, value: SeenValue)] {
        last.map { ($0.key.member, names[$0.key.trait], $0.value) }
            + all.flatMap { member, values in values.map { (member, $0.trait, $0.value) } }
    }
}

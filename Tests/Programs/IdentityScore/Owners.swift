import Events
import Identity

/// The best that could be known: events of one person are together if identifiers join them that nobody else has.
struct Owners {
    private var places: [Identifier: Int] = [:]
    /// For each identifier the one person who has it, or -1.
    private var owners: [Int] = []
    private var events: [[Int]] = []
    private let rules: Rules

    init(rules: Rules) {
        self.rules = rules
    }

    mutating func add(_ identifiers: [Identifier], _ row: Truth.Row) {
        var names: [Int] = []
        for identifier in identifiers {
            let place = places[identifier] ?? owners.count
            if place == owners.count {
                places[identifier] = place
                owners.append(row.person)
            }
            let isAnybodys = row.isKiosk && rules[identifier.namespace].isDevice
            if owners[place] != row.person || isAnybodys { owners[place] = -1 }
            names.append(place)
        }
        events.append(names)
    }

    /// For each event, its profile.
    func profiles() -> [Int] {
        var parents = Array(owners.indices)
        func root(_ place: Int) -> Int {
            var place = place
            while parents[place] != place {
                parents[place] = parents[parents[place]]
                place = parents[place]
            }
            return place
        }
        let own = events.map { $0.filter { owners[$0] >= 0 } }
        for names in own { for name in names.dropFirst() { parents[root(name)] = root(names[0]) } }
        return own.enumerated().map { event, names in names.first.map(root) ?? -1 - event }
    }
}

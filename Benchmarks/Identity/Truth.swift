import Events
import Glibc
import Identity

/// Whose each event of a generated stream is, line by line.
struct Truth {
    struct Row {
        var person: Int
        /// On a device that anybody uses: nobody's.
        var isKiosk: Bool
    }

    let rows: [Row]

    init(reading path: String) throws {
        guard let file = fopen(path, "r") else { throw StreamError.missing(path) }
        defer { fclose(file) }
        var rows: [Row] = []
        var names: [String: Int] = [:]
        _ = Stream.line(of: file)
        while let line = Stream.line(of: file) {
            let fields = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
            let person = String(decoding: fields[1], as: UTF8.self)
            let number = names[person] ?? names.count
            names[person] = number
            rows.append(Row(person: number, isKiosk: fields[3].contains(UInt8(ascii: "k"))))
        }
        self.rows = rows
    }
}

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

/// How well profiles agree with the truth, over all pairs of events.
struct Score: CustomStringConvertible {
    let precision: Double
    let recall: Double
    /// How many profiles have the events of several people.
    let mixed: Int

    init(_ rows: [Truth.Row], profiles: [Int]) {
        var people: [Int: Int] = [:]
        var found: [Int: Int] = [:]
        var both: [Both: Int] = [:]
        for (row, profile) in zip(rows, profiles) where !row.isKiosk {
            people[row.person, default: 0] += 1
            found[profile, default: 0] += 1
            both[Both(person: row.person, profile: profile), default: 0] += 1
        }
        precision = Self.pairs(both) / Self.pairs(found)
        recall = Self.pairs(both) / Self.pairs(people)
        mixed = Dictionary(grouping: both.keys, by: \.profile).count { $0.value.count > 1 }
    }

    private struct Both: Hashable {
        var person: Int
        var profile: Int
    }

    private static func pairs(_ counts: [some Hashable: Int]) -> Double {
        Double(counts.values.reduce(0) { $0 + $1 * ($1 - 1) / 2 })
    }

    var description: String { "precision \(precision), recall \(recall), \(mixed) profiles mix people" }
}

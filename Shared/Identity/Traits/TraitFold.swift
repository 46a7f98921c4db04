public import Events

/// The traits of several identifiers together, each with the value that counts by its rule.
///
/// The outcome depends on what was added, not on the order.
public struct TraitFold: Sendable {
    /// What is known of one trait.
    private struct Entry {
        var name: String
        /// The value seen last; where a rule of the trait's own chooses, one of those seen.
        var seen: SeenValue?
        /// The others that such a rule chooses among.
        var others: [SeenValue] = []
        var correction: Correction?

        mutating func add(_ value: SeenValue, keepingAll: Bool) {
            if let seen {
                if keepingAll { return others.append(value) }
                if !value.outranks(seen) { return }
            }
            seen = value
        }
    }

    private let rules: [String: TraitRule]
    /// By name in the order of UTF-8 bytes, in which they are told; once there are many, as they came.
    private var entries: [Entry] = []
    /// The places of the entries by the bytes of their names, once there are many.
    private var places: [[UInt8]: Int] = [:]

    /// A person has few traits; to put another one between very many would take the longer, the more there are.
    private static let few = 256

    /// A fold over nothing yet.
    public init(_ rules: [String: TraitRule] = [:]) {
        self.rules = rules
    }

    /// Takes in what was seen with one identifier.
    public mutating func add(_ value: SeenValue, for trait: String) {
        entries[makePlace(of: trait)].add(value, keepingAll: rules[trait] != nil)
    }

    /// Takes in a person's word on the value, which outranks all that was seen; of several the last one holds.
    public mutating func add(_ correction: Correction, for trait: String) {
        let place = makePlace(of: trait)
        if let known = entries[place].correction, known.isAfter(correction) { return }
        entries[place].correction = correction
    }

    /// The traits that have a value, by name in the order of UTF-8 bytes.
    public var traits: [(name: String, seen: SeenValue)] {
        let traits = entries.compactMap { entry in value(of: entry).map { (name: entry.name, seen: $0) } }
        return isOrdered ? traits : traits.sorted { UTF8Order.precedes($0.name, $1.name) ?? false }
    }

    private var isOrdered: Bool { entries.count < Self.few }

    /// The value of one trait that counts; `nil` when it has none, or was cleared.
    public func value(of trait: String) -> SeenValue? { entry(of: trait).flatMap(value) }

    private func value(of entry: Entry) -> SeenValue? {
        if let correction = entry.correction { return correction.seen.isNull ? nil : correction.seen }
        guard let seen = entry.seen else { return nil }
        guard let rule = rules[entry.name] else { return seen.isNull ? nil : seen }
        return rule.choose([seen] + entry.others)
    }

    private func entry(of trait: String) -> Entry? {
        let (place, isKnown) = place(of: trait)
        return isKnown ? entries[place] : nil
    }

    private mutating func makePlace(of trait: String) -> Int {
        let (place, isKnown) = place(of: trait)
        if isKnown { return place }
        entries.insert(Entry(name: trait), at: place)
        if places.isEmpty, !isOrdered {
            for (place, entry) in entries.enumerated() { places[Array(entry.name.utf8)] = place }
        } else if !isOrdered {
            places[Array(trait.utf8)] = place
        }
        return place
    }

    /// Where a trait is among the entries, or would be.
    private func place(of trait: String) -> (place: Int, isKnown: Bool) {
        guard isOrdered else {
            let known = places[Array(trait.utf8)]
            return (known ?? entries.count, known != nil)
        }
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            guard let isBefore = UTF8Order.precedes(entries[middle].name, trait) else { return (middle, true) }
            if isBefore { low = middle + 1 } else { high = middle }
        }
        return (low, false)
    }
}

/// A person's word on the value of a trait.
public struct Correction: Sendable, Equatable {
    /// The value as JSON; `null` clears.
    public var value: String
    /// When it was decided.
    public var time: Timestamp
    /// Which decision it is.
    public var id: String

    /// A correction of its parts.
    public init(value: String, time: Timestamp, id: String) {
        self.value = value
        self.time = time
        self.id = id
    }

    /// The source that a corrected value is said to come from.
    public static let source = "correction"

    fileprivate var seen: SeenValue {
        SeenValue(value: value, rank: time.microseconds, source: Self.source, messageID: id)
    }

    fileprivate func isAfter(_ other: Correction) -> Bool {
        time != other.time ? time > other.time : UTF8Order.precedes(other.id, id) ?? false
    }
}

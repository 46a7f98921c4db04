public import Events

/// The traits of several identifiers together, each with the value that counts by its rule.
///
/// The outcome depends on what was added, not on the order.
public struct TraitFold: Sendable {
    private let rules: [String: TraitRule]
    /// What was seen of each trait: for one that has the value seen last, only that.
    private var seen: [String: [SeenValue]] = [:]
    private var corrections: [String: Correction] = [:]

    /// A fold over nothing yet.
    public init(_ rules: [String: TraitRule] = [:]) {
        self.rules = rules
    }

    /// Takes in what was seen with one identifier.
    public mutating func add(_ value: SeenValue, for trait: String) {
        guard rules[trait] == nil, let known = seen[trait]?.first else {
            seen[trait, default: []].append(value)
            return
        }
        if value.outranks(known) { seen[trait] = [value] }
    }

    /// Takes in a person's word on the value, which outranks all that was seen; of several the last one holds.
    public mutating func add(_ correction: Correction, for trait: String) {
        if let known = corrections[trait], known.isAfter(correction) { return }
        corrections[trait] = correction
    }

    /// The traits that have a value, by name in the order of UTF-8 bytes.
    public var traits: [(name: String, seen: SeenValue)] {
        Set(seen.keys).union(corrections.keys)
            .compactMap { name in value(of: name).map { (name: name, seen: $0) } }
            .sorted { UTF8Order.precedes($0.name, $1.name) ?? false }
    }

    /// The value of one trait that counts; `nil` when it has none, or was cleared.
    public func value(of trait: String) -> SeenValue? {
        if let correction = corrections[trait] { return correction.seen.isNull ? nil : correction.seen }
        return (rules[trait] ?? .last).choose(seen[trait] ?? [])
    }

    /// Who decided a trait's value, if somebody did.
    public func correction(of trait: String) -> Correction? { corrections[trait] }
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

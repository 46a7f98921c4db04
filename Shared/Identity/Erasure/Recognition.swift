public import Events

/// By what persons are known who are to be forgotten, whatever has become of the rules since.
///
/// Their identifiers, or the hashes of these, are in the forms of the rules by which they were forgotten, and other rules may make
/// something else of the same value. So a value is looked at in the form that the rules in effect give it, and in those that such
/// others gave it. Whose an event is that names several people, the rules in effect say each time.
public struct Recognition: Sendable {
    /// What of an event is not the persons'.
    public enum Rest: Sendable {
        /// All: it has nothing to do with them.
        case whole
        /// The event without their identifiers: it is somebody else's.
        case part(EventEnvelope)
        /// Nothing: it is an event of one of them.
        case nothing

        /// Whether it is all.
        public var isWhole: Bool { if case .whole = self { true } else { false } }

        /// What is left of the event that it is of; `nil` if nothing is.
        public func left(of envelope: EventEnvelope) -> EventEnvelope? {
            switch self {
            case .whole: envelope
            case .part(let part): part
            case .nothing: nil
            }
        }
    }

    /// The rules in effect, and behind them the same in other forms; no two are equal.
    public let rules: [Rules]
    /// Where in ``rules`` those in the forms of each of the others are.
    public let places: [Int]

    /// Knows persons by rules that are in effect, and by the forms of others by which they were forgotten.
    public init(by rules: Rules, formsOf others: [Rules]) {
        var all = [rules]
        var places: [Int] = []
        for other in others {
            let inOtherForms = rules.inForms(of: other)
            let place = all.firstIndex(of: inOtherForms) ?? all.count
            if place == all.count { all.append(inOtherForms) }
            places.append(place)
        }
        self.rules = all
        self.places = places
    }

    /// What of an event is not the persons'.
    ///
    /// - Parameter suppressed: Whether an identifier is one of theirs, in the form that it has by those of ``rules`` at a place.
    public func rest(of envelope: EventEnvelope, suppressed: (Identifier, _ place: Int) -> Bool) -> Rest {
        var rest = Rest.whole
        var envelope = envelope
        for (place, rules) in self.rules.enumerated() {
            switch rules.verdict(on: envelope, suppressed: { suppressed($0, place) }) {
            case .keep: continue
            case .drop: return .nothing
            case .redact(let identifiers):
                envelope = rules.redacted(envelope, of: identifiers)
                rest = .part(envelope)
            }
        }
        return rest
    }
}

import Events

extension TraitRule {
    /// The value that counts of those seen, in whatever order; `nil` when there is none, or it was cleared.
    func choose(_ seen: [SeenValue]) -> SeenValue? {
        if seen.count == 1 { return seen[0].isNull ? nil : self == .union ? Self.united(seen) : seen[0] }
        let candidates = Self.standing(seen)
        switch self {
        case .last: return candidates.max(by: Self.isEarlier)
        case .first: return candidates.min(by: Self.isEarlier)
        case .max: return Self.best(of: candidates, by: Magnitude.init, >)
        case .min: return Self.best(of: candidates, by: Magnitude.init, <)
        case .longest: return Self.best(of: candidates, by: Self.length, >)
        case .trusted(let sources): return Self.best(of: candidates, by: { Self.trust($0, sources) }, >)
        case .union: return Self.united(candidates)
        }
    }

    /// Whether a value goes on to count when a further one was seen, whenever that was; both are JSON.
    ///
    /// Neither only holds while there is no other.
    public func keeps(_ value: String, whatever further: String) -> Bool {
        let (present, other) = (SeenValue(plain: value), SeenValue(plain: further))
        guard !other.isNull else { return false }
        return switch self {
        case .max: Magnitude(other) < Magnitude(present)
        case .min: Magnitude(present) < Magnitude(other)
        case .longest: Self.length(of: other) < Self.length(of: present)
        case .union: Self.has(present, allOf: other)
        case .last, .first, .trusted: false
        }
    }

    /// What was not cleared; and what only holds while there is no other, if there is no other.
    private static func standing(_ seen: [SeenValue]) -> [SeenValue] {
        let told = seen.filter { $0.rank >= 0 }
        guard !told.isEmpty else { return seen.max(by: isEarlier).map { $0.isNull ? [] : [$0] } ?? [] }
        let cleared = told.filter(\.isNull).max(by: isEarlier)
        return told.filter { value in !value.isNull && cleared.map { value.outranks($0) } ?? true }
    }

    private static func isEarlier(_ left: SeenValue, _ right: SeenValue) -> Bool { right.outranks(left) }

    // MARK: - Orders

    /// The one that measures better than all others; of equals the later.
    private static func best<Measure: Equatable>(
        of candidates: [SeenValue],
        by measure: (SeenValue) -> Measure,
        _ isBetter: (Measure, Measure) -> Bool
    ) -> SeenValue? {
        let measured = candidates.map { (seen: $0, measure: measure($0)) }
        let best = measured.max { one, other in
            if one.measure == other.measure { return isEarlier(one.seen, other.seen) }
            return isBetter(other.measure, one.measure)
        }
        return best?.seen
    }

    private static func length(of seen: SeenValue) -> Int { seen.plainText.count }

    private static func trust(_ seen: SeenValue, _ sources: [String]) -> Int {
        sources.firstIndex { $0.utf8.elementsEqual(seen.source.utf8) }.map { sources.count - $0 } ?? 0
    }
}

/// What values are the greatest or least by: numbers before everything else, which is in the order of its bytes.
private enum Magnitude: Comparable {
    case number(ExactNumber)
    case text([UInt8])

    init(_ seen: SeenValue) {
        self = ExactNumber(json: seen.value).map(Magnitude.number) ?? .text(Array(seen.plainText.utf8))
    }

    static func < (left: Magnitude, right: Magnitude) -> Bool {
        switch (left, right) {
        case (.number(let one), .number(let other)): one < other
        case (.text(let one), .text(let other)): one.lexicographicallyPrecedes(other)
        case (.number, .text): true
        case (.text, .number): false
        }
    }
}

extension SeenValue {
    /// A value of which it does not matter who said it when.
    fileprivate init(plain value: String) {
        self.init(value: value, rank: 0, source: "", messageID: "")
    }

    /// A text as it is, anything else as its JSON without white space.
    fileprivate var plainText: String { json?.value.plainText ?? value }

    /// The value, to be looked into.
    var json: JSONView? { (try? JSONDocument(Array(value.utf8), limits: EventEnvelope.limits))?.root }
}

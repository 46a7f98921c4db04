import Events

extension TraitRule {
    /// The value that counts of those seen, in whatever order; `nil` when there is none, or it was cleared.
    func choose(_ seen: [SeenValue]) -> SeenValue? {
        if seen.count == 1 { return seen[0].isNull ? nil : self == .union ? Self.united(seen) : seen[0] }
        let candidates = Self.standing(seen)
        switch self {
        case .last: return candidates.max(by: Self.isEarlier)
        case .first: return candidates.min(by: Self.isEarlier)
        case .max: return candidates.max { Self.isOrdered($0, $1, by: Self.isLess) }
        case .min: return candidates.max { Self.isOrdered($0, $1, by: { Self.isLess($1, $0) }) }
        case .longest: return candidates.max { Self.isOrdered($0, $1, by: Self.isShorter) }
        case .trusted(let sources):
            return candidates.max { Self.isOrdered($0, $1, by: { Self.trust($0, sources) < Self.trust($1, sources) }) }
        case .union: return Self.united(candidates)
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

    /// An order of its own, and of equals the earlier first.
    private static func isOrdered(
        _ left: SeenValue,
        _ right: SeenValue,
        by isLess: (SeenValue, SeenValue) -> Bool
    ) -> Bool {
        if isLess(left, right) { return true }
        return isLess(right, left) ? false : right.outranks(left)
    }

    // MARK: - Orders

    /// Numbers by their amount, before everything else, which is in the order of its bytes.
    private static func isLess(_ left: SeenValue, _ right: SeenValue) -> Bool {
        switch (Double(left.value), Double(right.value)) {
        case (let one?, let other?): one < other
        case (nil, nil): UTF8Order.precedes(left.value, right.value) ?? false
        case (let one, _): one != nil
        }
    }

    private static func isShorter(_ left: SeenValue, _ right: SeenValue) -> Bool {
        length(of: left) < length(of: right)
    }

    private static func length(of seen: SeenValue) -> Int {
        (parsed(seen)?.string ?? seen.value).unicodeScalars.count
    }

    private static func trust(_ seen: SeenValue, _ sources: [String]) -> Int {
        sources.firstIndex { $0.utf8.elementsEqual(seen.source.utf8) }.map { sources.count - $0 } ?? 0
    }

    private static func parsed(_ seen: SeenValue) -> JSONView? { (try? JSONDocument(Array(seen.value.utf8)))?.root }

    // MARK: - Union

    /// A list of all elements in the order of their bytes, with the source and time of the last that added to it.
    private static func united(_ candidates: [SeenValue]) -> SeenValue? {
        guard var last = candidates.max(by: isEarlier) else { return nil }
        let elements = Set(candidates.flatMap(elements).map { Array($0.utf8) })
        let sorted = elements.sorted { $0.lexicographicallyPrecedes($1) }
        last.value = "[" + sorted.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ",") + "]"
        return last
    }

    private static func elements(of seen: SeenValue) -> [String] {
        guard let list = parsed(seen), list.kind == .array else { return [seen.value] }
        return list.elements.map { String(decoding: $0.raw, as: UTF8.self) }
    }
}

/// Some of the places at which offsets are known to be, to guess where others are.
struct OffsetIndex: Sendable {
    /// A message's first offset and its sequence.
    struct Place: Sendable, Equatable {
        var offset: Offset
        var sequence: UInt64
    }

    private static let limit = 4096
    private var places: [Place] = []

    /// Notes where a message is.
    mutating func note(_ place: Place) {
        let index = firstIndex { $0.sequence >= place.sequence }
        if index < places.count, places[index].sequence == place.sequence { return }
        places.insert(place, at: index)
        if places.count > Self.limit { places = places.enumerated().filter { $0.offset % 2 == 0 }.map(\.element) }
    }

    /// The last place known at or before an offset, and the first one behind it.
    func neighbours(of offset: Offset) -> (before: Place?, behind: Place?) {
        let index = firstIndex { $0.offset > offset }
        return (index > 0 ? places[index - 1] : nil, index < places.count ? places[index] : nil)
    }

    private func firstIndex(where isBehind: (Place) -> Bool) -> Int {
        var (low, high) = (0, places.count)
        while low < high {
            let middle = (low + high) / 2
            if isBehind(places[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

/// Finds the message that holds an offset: looks where it would be if all messages had as many records, and between.
struct OffsetSearch: Sendable {
    private(set) var low: OffsetIndex.Place
    private(set) var high: OffsetIndex.Place
    private let offset: Offset
    private var isGuessing = true

    /// Searches from a message at or before the offset up to one behind it.
    init(_ offset: Offset, from low: OffsetIndex.Place, upTo high: OffsetIndex.Place) {
        self.offset = offset
        self.low = low
        self.high = high
    }

    /// The sequence to look at next; nil when ``low`` is the place.
    mutating func next() -> UInt64? {
        let span = high.sequence - low.sequence
        guard span > 1 else { return nil }
        defer { isGuessing.toggle() }
        guard isGuessing, high.offset > low.offset else { return low.sequence + span / 2 }
        let share = Double(offset - low.offset) / Double(high.offset - low.offset)
        return low.sequence + min(max(UInt64(Double(span) * share), 1), span - 1)
    }

    /// Takes into account where a message that was looked at begins.
    mutating func learn(_ place: OffsetIndex.Place) {
        if place.offset <= offset { low = place } else { high = place }
    }
}

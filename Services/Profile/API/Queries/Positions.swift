import MessageLog

/// A place in every partition of a topic, as text: `profile@18,profile-2@5`.
struct Positions: Equatable, Sendable, CustomStringConvertible {
    private(set) var offsets: [String: Offset]

    /// What ``description`` looks like.
    static let pattern = "^(\(RecordPlace.pattern)(,\(RecordPlace.pattern))*)?$"

    init(_ offsets: [String: Offset] = [:]) {
        self.offsets = offsets
    }

    /// Reads what ``description`` wrote; `nil` for anything else.
    init?(_ text: some StringProtocol) {
        offsets = [:]
        for part in text.split(separator: ",", omittingEmptySubsequences: false) where !text.isEmpty {
            guard let place = RecordPlace(part) else { return nil }
            offsets[place.lane] = place.offset
        }
    }

    subscript(lane: String) -> Offset? {
        get { offsets[lane] }
        set { offsets[lane] = newValue }
    }

    var description: String {
        offsets.sorted { $0.key < $1.key }.map { RecordPlace(lane: $0.key, offset: $0.value).description }
            .joined(separator: ",")
    }
}

/// One record of a known topic, as `lane@offset`; this is also a dead letter's id.
struct RecordPlace: Hashable, Sendable, CustomStringConvertible {
    var lane: String
    var offset: Offset

    /// What ``description`` looks like.
    static let pattern = "[a-z0-9][a-z0-9_-]{0,63}@[0-9]{1,18}"

    init(lane: String, offset: Offset) {
        self.lane = lane
        self.offset = offset
    }

    /// Reads `lane@offset`; `nil` for anything else.
    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, Partition.isName(parts[0]), let offset = Offset(parts[1]), offset < .max / 2 else {
            return nil
        }
        self.init(lane: String(parts[0]), offset: offset)
    }

    var description: String { "\(lane)@\(offset)" }
}

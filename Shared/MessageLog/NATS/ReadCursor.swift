/// A place that somebody reads on from, with what was fetched ahead.
struct ReadCursor: Sendable {
    private static let chunkBytes = 4 << 20
    private static let largestChunk = 512
    /// Messages fetched longer ago may have been rewritten since.
    private static let freshness = Duration.seconds(2)

    /// The first message that was not fetched yet.
    private(set) var next: OffsetIndex.Place
    private var ahead: ArraySlice<LaneMessage> = []
    private var fetched = ContinuousClock.now
    private var chunk = 1

    init(at place: OffsetIndex.Place) {
        next = place
    }

    /// Whether reading goes on here, or in what was fetched ahead.
    func isAt(_ offset: Offset) -> Bool {
        guard let first = ahead.first, let last = ahead.last else { return next.offset == offset }
        return first.base <= offset && offset <= last.end
    }

    /// Goes back before what was fetched too long ago.
    mutating func dropStale() {
        guard let first = ahead.first, fetched.duration(to: .now) > Self.freshness else { return }
        next = .init(offset: first.base, sequence: next.sequence - UInt64(ahead.count))
        ahead = []
    }

    /// What to fetch next, up to the stream's end: more each time.
    mutating func wanted(before end: UInt64) -> Range<UInt64> {
        defer { chunk = min(chunk * 4, Self.largestChunk) }
        return next.sequence..<min(end, next.sequence + UInt64(chunk))
    }

    /// Takes what was fetched.
    mutating func add(_ message: LaneMessage) {
        if ahead.isEmpty { fetched = .now }
        ahead.append(message)
        next = .init(offset: message.end, sequence: next.sequence + 1)
    }

    /// Fetches no more at once than what is worth it.
    mutating func limit(bytes: Int, of count: Int) {
        guard count > 0, bytes > 0 else { return }
        chunk = max(1, min(chunk, Self.chunkBytes * count / bytes))
    }

    /// The message fetched first, without those that end before the offset.
    mutating func message(holding offset: Offset) -> LaneMessage? {
        while let first = ahead.first, first.end <= offset { ahead.removeFirst() }
        return ahead.first
    }
}

/// A place that somebody reads on from, with what was fetched ahead.
struct ReadCursor: Sendable {
    /// Messages that are on their way, from ``next`` on.
    struct Asked: Sendable {
        /// In the order of their sequences; nil for what was not there, or not in time.
        var replies: Promise<[NATSReply?]>
        var since = ContinuousClock.now
    }

    private static let chunkBytes = 4 << 20
    private static let largestChunk = 512
    /// Messages fetched longer ago may have been rewritten since.
    private static let freshness = Duration.seconds(2)

    /// The first message that was not fetched yet.
    private(set) var next: OffsetIndex.Place
    /// What is to be fetched next, if it was asked for already.
    var asked: Asked?
    /// Who delivers messages behind each other, if somebody does.
    var consumer: LaneConsumer?
    private var ahead: ArraySlice<LaneMessage> = []
    private var fetched = ContinuousClock.now
    private var chunk = 1
    /// How many fetches there were since one reached the end.
    private(set) var fetches = 0

    init(at place: OffsetIndex.Place) {
        next = place
    }

    /// Whether reading goes on here, or in what was fetched ahead.
    func isAt(_ offset: Offset) -> Bool {
        guard let first = ahead.first, let last = ahead.last else { return next.offset == offset }
        return first.base <= offset && offset <= last.end
    }

    /// Goes back before what was fetched too long ago, no further than to what holds the offset: what lies before may be gone.
    mutating func dropStale(before offset: Offset) {
        if let asked, asked.since.duration(to: .now) > Self.freshness { self.asked = nil }
        guard let first = message(holding: offset), fetched.duration(to: .now) > Self.freshness else { return }
        next = .init(offset: first.base, sequence: next.sequence - UInt64(ahead.count))
        ahead = []
        asked = nil
    }

    /// What to fetch from a sequence on, up to the stream's end: more each time.
    mutating func wanted(from first: UInt64, before end: UInt64) -> Range<UInt64> {
        let wanted = first..<min(end, first + UInt64(chunk))
        chunk = min(chunk * 4, Self.largestChunk)
        fetches = wanted.upperBound < end ? fetches + 1 : 0
        return wanted
    }

    /// Takes what was asked for at that time.
    mutating func add(_ message: LaneMessage, asked time: ContinuousClock.Instant) {
        if ahead.isEmpty { fetched = time }
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

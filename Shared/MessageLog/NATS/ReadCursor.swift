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
    /// What was fetched, the last message first: each takes its memory with it once it was read.
    private var ahead: [LaneMessage] = []
    private var fetched = ContinuousClock.now
    private var chunk = 1
    /// How many fetches there were since one reached the end.
    private(set) var fetches = 0

    init(at place: OffsetIndex.Place) {
        next = place
    }

    /// Whether reading goes on here, or in what was fetched ahead.
    func isAt(_ offset: Offset) -> Bool {
        guard let first = ahead.last, let last = ahead.first else { return next.offset == offset }
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

    /// Takes what was asked for at that time, when there is nothing left of what was fetched before.
    mutating func take(_ messages: [LaneMessage], asked time: ContinuousClock.Instant) {
        guard let last = messages.last else { return }
        fetched = time
        ahead = messages.reversed()
        next = .init(offset: last.end, sequence: next.sequence + UInt64(messages.count))
    }

    /// Fetches no more at once than what is worth it.
    mutating func limit(bytes: Int, of count: Int) {
        guard count > 0, bytes > 0 else { return }
        chunk = max(1, min(chunk, Self.chunkBytes * count / bytes))
    }

    /// The message fetched first, without those that end before the offset.
    mutating func message(holding offset: Offset) -> LaneMessage? {
        while let first = ahead.last, first.end <= offset { ahead.removeLast() }
        return ahead.last
    }
}

import MessageLog

/// How a rebuild makes room for the store in use: the busier that is, the longer it rests between batches.
///
/// But it comes to an end: while what is left to take in does not become less, it does not rest at all; and where the store in use
/// gets ahead as fast all the same, that one is to stand still for a while.
struct Pace {
    /// With fewer records to read, the store in use keeps up.
    private static let behind: Offset = 5000
    /// For how long the store in use may stand still at the end, while the last records are taken in.
    private static let stop: Duration = .seconds(2)
    /// Whatever the pace, this is little: one batch of the store in use, by which that gets ahead at once.
    private static let little = Int64(Intake.Limits().records)

    /// The batches by which it is judged whether the store in use gets ahead as fast.
    private static let judged = 8

    private var last: [String: Offset] = [:]
    /// The fewest records that were left so far: the store in use moves on in batches, between which there is always less.
    private var least: Int64 = .max
    /// Records that a second of work takes in.
    private var rate: Double = 0
    /// How many records were left when it was last judged, and the batches since.
    private var start: Int64?
    private var batches: [Int64] = []
    /// Whether most of what is taken in comes anew: this would not end soon, or at all.
    private(set) var isLosing = false

    /// How long to rest after a batch, given how long that took, how many records it had and how many are left to take in, and
    /// how far the store in use has come and how far it could have.
    mutating func rest(
        after batch: Duration,
        records: Int64,
        left: Int64,
        positions: [String: Offset],
        heads: [String: Offset]
    ) -> Duration {
        let isLess = left < least
        let isBusy = last != positions
        note(batch, records, left, positions)
        let lag = heads.reduce(0) { $0 + ($1.value - min($1.value, positions[$1.key] ?? 0)) }
        guard isLess, isBusy || lag > Self.behind else { return .zero }
        return min(lag > Self.behind ? batch : batch / 2, .seconds(1))
    }

    private mutating func note(_ batch: Duration, _ records: Int64, _ left: Int64, _ positions: [String: Offset]) {
        let seconds = Double(batch.components.attoseconds) / 1e18 + Double(batch.components.seconds)
        if seconds > 0 { rate = rate == 0 ? Double(records) / seconds : (rate + Double(records) / seconds) / 2 }
        least = min(least, left)
        last = positions
        judge(records, left)
    }

    private mutating func judge(_ records: Int64, _ left: Int64) {
        let start = start ?? left
        self.start = start
        batches.append(records)
        guard batches.count == Self.judged else { return }
        isLosing = start - left < batches.reduce(0, +) / 4
        judgeAnew()
    }

    private mutating func judgeAnew() {
        start = nil
        batches = []
    }

    /// Notes that the store in use stood still for a while.
    mutating func stoodStill() {
        isLosing = false
        judgeAnew()
    }

    /// Whether so few records are left that the store in use may stand still while they are taken in.
    func isClose(_ left: Int64) -> Bool {
        Double(left) < max(Double(Self.little), rate * Double(Self.stop.components.seconds))
    }
}

import MessageLog

/// How a rebuild makes room for the store in use: the busier that is, the longer it rests between batches.
///
/// But it comes to an end: while what is left to take in does not become less, it does not rest at all.
struct Pace {
    /// With fewer records to read, the store in use keeps up.
    private static let behind: Offset = 5000
    /// For how long the store in use may stand still at the end, while the last records are taken in.
    private static let stop: Duration = .seconds(2)
    /// Whatever the pace, this is little: one batch of the store in use, by which that gets ahead at once.
    private static let little = Int64(Intake.Limits().records)

    private var last: [String: Offset] = [:]
    /// The fewest records that were left so far: the store in use moves on in batches, between which there is always less.
    private var least: Int64 = .max
    /// Records that a second of work takes in.
    private var rate: Double = 0

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
    }

    /// Whether so few records are left that the store in use may stand still while they are taken in.
    func isClose(_ left: Int64) -> Bool {
        Double(left) < max(Double(Self.little), rate * Double(Self.stop.components.seconds))
    }
}

/// What a run has sent, so that the next one does not send again what has not changed.
///
/// It is a convenience: what is sent twice has no second effect. It holds only for the state that the run ended in, and is
/// gone with the process; see ``RunMemory``.
public struct SentRows: Sendable {
    private var known: Set<Int> = []
    private var met: Set<Int> = []
    private static let limit = 500_000

    /// Nothing was sent.
    public init() {}

    /// The rows that the run before has met are known from now on.
    public mutating func begin() {
        (known, met) = (met, [])
    }

    /// Whether the run before has met a row, which is given by a hash of its content.
    public func isKnown(_ row: Int) -> Bool { known.contains(row) }

    /// Notes rows that this run has met, whether it has sent them or they were known.
    public mutating func add(_ rows: [Int]) {
        // The later ones are those that are read again.
        if met.count + rows.count > Self.limit { met = [] }
        met.formUnion(rows)
    }
}

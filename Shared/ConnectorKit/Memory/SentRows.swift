/// What a run has sent, so that the next one does not send again what has not changed.
///
/// It is a convenience: what is sent twice has no second effect. It holds only for the state that the run ended in, and is
/// gone with the process; see ``RunMemory``.
public struct SentRows: Sendable {
    private var known: Set<Int> = []
    private var met: Set<Int> = []
    private let keepsFirst: Bool
    private let limit: Int

    /// As many rows are kept unless another limit is given.
    public static let usualLimit = 500_000

    /// Nothing was sent.
    ///
    /// - Parameter keepsFirst: Of more rows than so many the first are kept, so that only the others are sent again: what is read whole
    ///   comes in the same order each time. Otherwise the last are, which are those that are read again.
    public init(keepsFirst: Bool = false, limit: Int = SentRows.usualLimit) {
        self.keepsFirst = keepsFirst
        self.limit = limit
    }

    /// The rows that the run before has met are known from now on.
    public mutating func begin() {
        (known, met) = (met, [])
    }

    /// Whether the run before has met a row, which is given by a hash of its content.
    public func isKnown(_ row: Int) -> Bool { known.contains(row) }

    /// Notes rows that this run has met, whether it has sent them or they were known.
    public mutating func add(_ rows: [Int]) {
        if met.count + rows.count <= limit { return met.formUnion(rows) }
        met = keepsFirst ? met.union(rows.prefix(limit - met.count)) : Set(rows)
    }
}

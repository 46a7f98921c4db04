import Events
import Synchronization

/// What a run has sent, so that the next one does not send again what has not changed.
///
/// It is a convenience: what is sent twice has no second effect. It holds only for the state that the run ended in, and is
/// gone with the process.
struct SentRows {
    private var known: Set<Int> = []
    private var met: Set<Int> = []
    private static let limit = 500_000

    /// The rows that the run before has met are known from now on.
    mutating func begin() {
        (known, met) = (met, [])
    }

    func isKnown(_ row: Int) -> Bool { known.contains(row) }

    mutating func add(_ rows: [Int]) {
        // The later ones are those that are read again.
        if met.count + rows.count > Self.limit { met = [] }
        met.formUnion(rows)
    }

    /// Where the rows are kept between the runs.
    final class Memory: Sendable {
        private let kept = Mutex<(state: JSONValue?, rows: SentRows)>((nil, SentRows()))

        /// Takes out what belongs to the state; nothing when the state has been changed from outside.
        func take(_ state: JSONValue?) -> SentRows {
            kept.withLock { kept in
                defer { kept = (nil, SentRows()) }
                return kept.state == state ? kept.rows : SentRows()
            }
        }

        func keep(_ rows: SentRows, at state: JSONValue?) {
            kept.withLock { $0 = (state, rows) }
        }
    }
}

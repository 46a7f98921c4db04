import Synchronization

/// Whether a read is to end, as its statements look at it before each row.
///
/// An interruption of SQLite's ends a statement that is under way, and nothing of a read that is between two of them.
final class Cancellation: Sendable {
    private let isWanted = Atomic(false)

    func cancel() { isWanted.store(true, ordering: .relaxed) }

    func check() throws {
        if isWanted.load(ordering: .relaxed) { throw CancellationError() }
    }
}

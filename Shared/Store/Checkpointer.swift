import Dispatch
import GRDB
import Glibc
import Synchronization

/// Copies what was committed from the write-ahead log into the file, on a connection and a thread of its own, while the writer goes on.
///
/// The log begins anew only where a transaction finds all of it copied. A writer that never rests comes to that by
/// ``Store/prepare(_:)``; where it does not, it copies what is left by itself once the log is long (`wal_autocheckpoint`): mostly its
/// last transaction.
final class Checkpointer: TransactionObserver, Sendable {
    /// So many changed rows are worth a copy.
    private static let enough = 8192

    private struct State {
        /// The changes that there were on the writer's connection when the last copy was begun.
        var seen = 0
        var isRunning = false
        /// How many pages the log had when it was last copied.
        var length = Int.max
        var connection: DatabaseQueue?
    }

    private let path: String
    private let queue = DispatchQueue(label: "kith.store.checkpoint")
    private let state = Mutex(State())

    init(path: String) {
        self.path = path
    }

    /// Of single rows it need not know.
    func observes(eventsOfKind _: DatabaseEventKind) -> Bool { false }

    func databaseDidChange(with _: DatabaseEvent) {}

    func databaseDidRollback(_: Database) {}

    func databaseDidCommit(_ db: Database) {
        let changes = db.totalChangesCount
        let isDue = state.withLock { state in
            guard !state.isRunning, changes - state.seen >= Self.enough else { return false }
            state.seen = changes
            state.isRunning = true
            return true
        }
        if isDue { queue.async { self.copy() } }
    }

    /// Returns once what it is copying is copied; at once if the log had no more than so many pages when it was last copied.
    func finish(unlessWithin pages: Int) {
        if state.withLock({ $0.length }) > pages { queue.sync {} }
    }

    /// What cannot be copied now is copied later, if not here then by the writer.
    private func copy() {
        let copied = try? connection().writeWithoutTransaction { try $0.checkpoint(.passive) }
        state.withLock { state in
            state.length = copied?.walFrameCount ?? .max
            state.isRunning = false
        }
    }

    private func connection() throws -> DatabaseQueue {
        if let connection = state.withLock({ $0.connection }) { return connection }
        // A store that was given up meanwhile must not be made again, empty.
        guard access(path, F_OK) == 0 else { throw DatabaseError(resultCode: .SQLITE_CANTOPEN) }
        var configuration = Configuration()
        configuration.prepareDatabase { db in
            // The log is synced before anything of it is copied, and the file before the log begins anew.
            try db.execute(sql: "PRAGMA synchronous = FULL")
            try db.execute(sql: "PRAGMA cache_size = -64")
        }
        let connection = try DatabaseQueue(path: path, configuration: configuration)
        state.withLock { $0.connection = connection }
        return connection
    }
}

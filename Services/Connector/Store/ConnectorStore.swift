import Membership
import Store
import Synchronization

/// What the connector remembers: cursors, deliveries, and what is still to be published.
struct ConnectorStore: Sendable {
    private let store: any SQLStore
    /// Whose outbox and appends under way this process has; see ``Membership``.
    let member: String
    let forgettings = Forgettings()
    let room: StoreRoom

    init(_ store: any SQLStore, member: String = "", room: StoreRoom = StoreRoom()) {
        self.store = store
        self.member = member
        self.room = room
    }

    /// Opens the store in a file, and makes its tables the first time.
    init(path: String) throws {
        self.init(try SQLiteStore(path: path, migrations: Schema.migrations))
    }

    func read<Value: Sendable>(_ body: @Sendable @escaping (any SQLConnection) throws -> Value) async throws -> Value {
        try await store.read(body)
    }

    @discardableResult
    func write<Value: Sendable>(_ body: @Sendable @escaping (any SQLConnection) throws -> Value) async throws -> Value {
        try await store.write(body)
    }

    /// The same, which waits while there is no room: for what nobody waits for that could try again.
    @discardableResult
    func writePatiently<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await room.awaited { try await store.write(body) }
    }

    /// Writes a copy, as one transaction sees the store, to a file that is not there yet.
    func copy(to path: String) throws { try store.copy(to: path) }

    /// Leaves nothing on the disk of what was deleted.
    func wipe() async throws { try await store.wipe() }
}

/// How often this process has forgotten somebody.
///
/// A run that began before may still hold what told of them: neither where it stands then nor which records it had is kept.
final class Forgettings: Sendable {
    private let count = Atomic(0)

    var number: Int { count.load(ordering: .acquiring) }

    func add() { count.add(1, ordering: .acquiringAndReleasing) }
}

/// Why reading commands cannot go on.
enum PositionError: Error, Equatable, CustomStringConvertible {
    case otherLog(partition: String)
    case aheadOfLog(partition: String)
    case movedOn(partition: String)

    var description: String {
        switch self {
        case .otherLog(let partition): "The store was written with another log than this one (\(partition))."
        case .aheadOfLog(let partition):
            "The store has read further in \(partition) than the log goes: the log lost records."
        case .movedOn(let partition): "Another process has read on in \(partition) with the same store."
        }
    }
}

import Dispatch
import PostgreSQL
import Synchronization

/// A store in a schema of a PostgreSQL, which a thread writes that may wait for the server.
///
/// One process writes a store: its connection holds a lock on the server, and a second process is refused, unless it has the right
/// to take its place (``StoreAccess``). While the server is away, reads and writes wait for a minute before they begin; what breaks
/// off in the middle fails. Whoever goes by what he has written is told where the server has lost it, as by a crash while a store is
/// made (``StoreError/lostTransactions(store:)``).
public final class PostgreSQLBatchStore: BatchStore {
    private let options: PostgreSQLOptions
    private let schema: String
    private let access: StoreAccess
    private let patience: Patience
    private let readers: PostgreSQLReaders
    private let writer = Mutex<Lent?>(nil)
    /// The last transaction while a store is made, by which is known whether a crash of the server has lost any.
    ///
    /// One that is on the disk has all before it there.
    private let last = Mutex<MarkedTransaction?>(nil)
    private let idle = Mutex<[PostgreSQLSession]>([])
    private let purpose: Mutex<Store.Purpose>
    private let turn = Mutex(())
    private let queue = DispatchQueue(label: "kith.store.postgresql")

    /// The connection that writes, and how its transactions are found again.
    private struct Lent: Sendable {
        let session: PostgreSQLSession
        let mark = CommitMark()
    }

    /// Connects, takes the store for this process, and brings its tables up to date; to read only, it does none of that yet.
    ///
    /// - Parameter isStopping: Whether the process is to stop: who waits for the server then gives up, by a `CancellationError`.
    public init(
        _ address: String,
        schema: String,
        migrations: [SQLMigration],
        for purpose: Store.Purpose = .service,
        as access: StoreAccess = .alone,
        until isStopping: @escaping @Sendable () -> Bool = { false }
    ) throws {
        self.access = access
        patience = Patience(isStopping: isStopping)
        options = try PostgreSQLOptions(address, schema: schema)
        self.schema = schema
        self.purpose = Mutex(purpose)
        readers = PostgreSQLReaders(options, patience)
        if case .reading = access { return }
        try write { try $0.makeSchema(schema, for: migrations) }
        for migration in migrations { try write { try $0.take(migration) } }
    }

    // MARK: - Reading

    /// Reads on a consistent snapshot.
    public func read<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await readers.read(body)
    }

    /// Reads on a consistent snapshot.
    public func read<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value {
        let session = try patience.hold { try begun() }
        let value = try body(PostgreSQLTransaction(statements: session.statements))
        try session.statements.query("COMMIT")
        idle.withLock { $0.append(session) }
        return value
    }

    /// A connection with a snapshot.
    private func begun() throws -> PostgreSQLSession {
        let session = try idle.withLock { $0.popLast() } ?? PostgreSQLSession(options)
        try session.statements.query(PostgreSQLReaders.beginning)
        return session
    }

    // MARK: - Writing

    /// Writes in one transaction.
    @discardableResult
    public func write<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try self.write(body) }) }
        }
    }

    /// Writes in one transaction.
    @discardableResult
    public func write<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value {
        var result: Result<Value, any Error>?
        turn.withLock { _ in result = Result { try attempt(body) } }
        guard let result else { throw PostgreSQLError(.broken, "The transaction was not made.") }
        return try result.get()
    }

    /// Nothing: what the transaction itself looks at is asked for many at a time.
    public func prepare(_: (any SQLConnection) throws -> Void) {}

    private func attempt<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value {
        let lent = try patience.hold { try lentInTransaction() }
        let statements = lent.session.statements
        do {
            let transaction = PostgreSQLTransaction(statements: statements)
            let value = try body(transaction)
            try transaction.sendGathered()
            try commit(statements, try statements.mark(by: lent.mark))
            return value
        } catch {
            undo(statements)
            throw error
        }
    }

    /// Nobody else writes here, so that no two transactions can meet.
    private func lentInTransaction() throws -> Lent {
        try onLent { lent in
            try lent.session.statements.query("BEGIN ISOLATION LEVEL REPEATABLE READ")
            return lent
        }
    }

    /// Does something on the connection that has the store; one on which it fails is given up, since it may be broken.
    private func onLent<Value>(_ body: (Lent) throws -> Value) throws -> Value {
        let lent = try self.lent()
        do {
            return try body(lent)
        } catch {
            writer.withLock { $0 = nil }
            throw error
        }
    }

    /// When the connection breaks while the server commits, nobody knows whether it did until it was asked.
    private func commit(_ statements: PostgreSQLStatements, _ transaction: MarkedTransaction?) throws {
        do throws(PostgreSQLError) {
            try statements.query("COMMIT")
        } catch {
            guard error.isConnectionLost, let transaction else { throw error }
            writer.withLock { $0 = nil }
            let isCommitted = try patience.hold {
                try onLent { try $0.session.statements.hasCommitted(transaction) }
            }
            guard isCommitted else { throw error }
        }
        guard let transaction else { return }
        let isMade = purpose.withLock { $0 == .construction }
        last.withLock { $0 = isMade ? transaction : nil }
    }

    /// A connection that cannot even do that is of no use any more.
    private func undo(_ statements: PostgreSQLStatements) {
        _ = try? statements.query("ROLLBACK")
        writer.withLock { writer in if writer?.session.isAtRest != true { writer = nil } }
    }

    /// The connection that has the store.
    private func lent() throws -> Lent {
        if let lent = writer.withLock({ $0 }) { return lent }
        let session = try PostgreSQLSession(options)
        try session.statements.claim(schema, by: access)
        try checkLast(by: session.statements)
        // Tables grow faster than the server learns of it: what is looked up has an index.
        for way in ["seqscan", "bitmapscan", "hashjoin", "mergejoin"] {
            try session.statements.query("SET enable_\(way) = off")
        }
        for statement in ["SET plan_cache_mode = force_generic_plan", "SET jit = off"] {
            try session.statements.query(statement)
        }
        try session.statements.query(purpose.withLock { $0.commits })
        let lent = Lent(session: session)
        writer.withLock { $0 = lent }
        return lent
    }

    /// Throws unless the last transaction that may be lost is there.
    private func checkLast(by statements: PostgreSQLStatements) throws {
        guard let last = last.withLock({ $0 }) else { return }
        do {
            if try statements.hasCommitted(last) { return }
        } catch  where SQLFailure.isOfSomethingGone(error) {
            // Not even the table of the marks is.
        }
        throw StoreError.lostTransactions(store: schema)
    }

    // MARK: - The whole

    /// Puts the store to another purpose.
    public func put(to purpose: Store.Purpose) throws {
        self.purpose.withLock { $0 = purpose }
        try patience.hold { try onLent { _ = try $0.session.statements.query(purpose.commits) } }
    }

    /// A file of SQLite cannot be made here.
    public func copy(to path: String) throws {
        throw StoreError.notCopied
    }

    /// Rewrites every table; what the server keeps elsewhere, such as its write-ahead log, is in its own hands.
    public func wipe() async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            queue.async { continuation.resume(with: Result { try self.wipeNow() }) }
        }
    }

    private func wipeNow() throws {
        var options = options
        options.statement = PostgreSQLOptions.wholeTables
        // Nobody beats here, and a search may take its time.
        let turn = Duration.seconds(30)
        try patience.hold { try PostgreSQLSession(options).statements.wipe(patience: turn, turn: turn) }
    }
}

extension Store.Purpose {
    /// Whether a commit waits until it is on the disk.
    fileprivate var commits: String {
        switch self {
        case .service: "SET synchronous_commit = on"
        case .construction: "SET synchronous_commit = off"
        }
    }
}

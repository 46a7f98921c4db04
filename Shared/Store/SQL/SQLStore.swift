/// The tables of one service, on whichever engine.
///
/// - Writes of one process follow one another; each is a transaction, which is undone when its body throws. Against other
///   processes it is as if it ran alone: it may run twice, so that its body has no effects but on the store.
/// - Reads see one consistent state, and wait for no writer.
/// - What is under way when its task is cancelled may be stopped, and ends with a `CancellationError`.
/// - A transaction that has returned survives a power cut, as far as the engine can promise.
public protocol SQLStore: AnyObject, Sendable {
    /// Reads on a consistent snapshot.
    func read<Value: Sendable>(_ body: @Sendable @escaping (any SQLConnection) throws -> Value) async throws -> Value

    /// Writes in one transaction.
    @discardableResult
    func write<Value: Sendable>(_ body: @Sendable @escaping (any SQLConnection) throws -> Value) async throws -> Value

    /// Writes a copy, as one transaction sees the store, to a SQLite file that is not there yet.
    func copy(to path: String) throws

    /// Leaves nothing on the disk of what was deleted, as far as it is in the store's own hands.
    func wipe() async throws
}

/// A store that is also used by threads that may wait, with what cannot cross to another one.
///
/// When a write throws, it is undone as a whole. When a server was lost at its end, it is looked up first whether it was done.
public protocol BatchStore: SQLStore {
    /// Reads on a consistent snapshot.
    func read<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value

    /// Writes in one transaction; its body runs once.
    @discardableResult
    func write<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value

    /// Reads what the next transaction will look at; to be used before one that changes much.
    func prepare(_ body: (any SQLConnection) throws -> Void) throws

    /// Puts the store to another purpose; what is committed before the next transaction of a service survives with that.
    func put(to purpose: Store.Purpose) throws
}

/// The tables of one service, on whichever engine.
///
/// - Writes of one process follow one another; each is a transaction, which is undone when its body throws. Against other
///   processes it is as if it ran alone: it may run twice, so that its body has no effects but on the store.
/// - Reads see one consistent state, and wait for no writer.
/// - A transaction that has returned survives a power cut, as far as the engine can promise.
public protocol SQLStore: Sendable {
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

/// One step towards the present form of a store's tables; those that were shipped are never edited.
public struct SQLMigration: Sendable {
    /// What it is known by.
    public var name: String
    /// Definitions of tables and indexes as SQLite has them, separated by semicolons.
    public var text: String

    /// A step.
    public init(_ name: String, _ text: String) {
        self.name = name
        self.text = text
    }

    /// One statement after the other, without comments.
    var statements: [String] {
        text.split(separator: "\n").filter { !$0.drop { $0 == " " }.hasPrefix("--") }.joined(separator: "\n")
            .split(separator: ";").map { String($0) }.filter { !$0.allSatisfy(\.isWhitespace) }
    }
}

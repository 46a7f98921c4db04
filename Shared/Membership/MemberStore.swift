import Store

/// A store that several processes share, as one member of them has it: who was expelled gets nothing committed.
final class MemberStore: SQLStore {
    private let store: any SQLStore
    private let table: MemberTable

    init(_ store: any SQLStore, of table: MemberTable) {
        self.store = store
        self.table = table
    }

    func read<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await store.read(body)
    }

    @discardableResult
    func write<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await store.write { [table] db in
            try table.check(db)
            return try body(db)
        }
    }

    func copy(to path: String) throws { try store.copy(to: path) }

    func wipe() async throws { try await store.wipe() }
}

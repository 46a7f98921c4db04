import Store

/// Another store, with something happening around what a thread asks of it.
final class HookedStore: BatchStore {
    /// What may happen; each may throw in place of the store.
    struct Hooks: Sendable {
        var beforeReading: @Sendable () throws -> Void = {}
        var beforeWriting: @Sendable () throws -> Void = {}
        /// Called with the store once it has committed.
        var afterWriting: @Sendable (any BatchStore) throws -> Void = { _ in }
    }

    private let store: any BatchStore
    private let hooks: Hooks

    init(_ store: any BatchStore, _ hooks: Hooks) {
        self.store = store
        self.hooks = hooks
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
        try await store.write(body)
    }

    func read<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value {
        try hooks.beforeReading()
        return try store.read(body)
    }

    @discardableResult
    func write<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value {
        try hooks.beforeWriting()
        let value = try store.write(body)
        try hooks.afterWriting(store)
        return value
    }

    func prepare(_ body: (any SQLConnection) throws -> Void) throws { try store.prepare(body) }

    func put(to purpose: Store.Purpose) throws { try store.put(to: purpose) }

    func copy(to path: String) throws { try store.copy(to: path) }

    func wipe() async throws { try await store.wipe() }
}

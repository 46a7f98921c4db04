/// What the body gives, or `nil` when it takes longer than this: then it is cancelled.
///
/// What cannot be broken off is waited for all the same, such as a record on its way to a slow disk, and what it gives then counts.
public func within<Value: Sendable>(
    _ limit: Duration,
    _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value? {
    try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        if let value = try await group.next() ?? nil { return value }
        group.cancelAll()
        let late: Value?? = try? await group.next()
        return late ?? nil
    }
}

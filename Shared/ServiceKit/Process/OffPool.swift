import Dispatch

/// Runs something that blocks on a thread of its own, so that no task waits behind it.
public func offPool<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue(label: "kith.blocking").async { continuation.resume(with: Result { try body() }) }
    }
}

/// The same for what cannot fail.
public func offPool<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
        DispatchQueue(label: "kith.blocking").async { continuation.resume(returning: body()) }
    }
}

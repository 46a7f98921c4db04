import Dispatch

/// Runs something that blocks on a thread of its own, so that no task waits behind it.
func offPool<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
    await withCheckedContinuation { continuation in
        DispatchQueue(label: "kith.blocking").async { continuation.resume(returning: body()) }
    }
}

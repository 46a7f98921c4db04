import Synchronization

/// Handles that are not in use, by the server that each last spoke to: the next request finds the connection open.
final class HandlePool: Sendable {
    private let idle = Mutex<[(server: String, handle: UInt)]>([])
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    deinit {
        for entry in idle.withLock({ $0 }) { _ = EasyHandle(adopting: entry.handle) }
    }

    /// Lends a handle, if possible one with a connection to the server.
    func withHandle<Value>(
        for server: String,
        _ body: (borrowing EasyHandle) throws(CurlError) -> Value
    ) throws(CurlError) -> Value {
        let handle = try take(server)
        // When the body throws, the handle goes: it may hold half a conversation.
        let value = try body(handle)
        give(handle.relinquish(), server)
        return value
    }

    private func take(_ server: String) throws(CurlError) -> EasyHandle {
        let found = idle.withLock { idle in
            idle.lastIndex { $0.server == server }.map { idle.remove(at: $0).handle }
        }
        if let found { return EasyHandle(adopting: found) }
        return try EasyHandle()
    }

    private func give(_ handle: UInt, _ server: String) {
        let oldest = idle.withLock { idle -> UInt? in
            idle.append((server, handle))
            return idle.count > limit ? idle.removeFirst().handle : nil
        }
        if let oldest { _ = EasyHandle(adopting: oldest) }
    }
}

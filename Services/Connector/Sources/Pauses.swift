import Synchronization

/// Which sources are not to be read, until somebody says otherwise; kept over restarts.
final class Pauses: Sendable {
    private let store: ConnectorStore
    private let names: Mutex<Set<String>>

    /// Reads what was said before.
    init(_ store: ConnectorStore) async throws {
        self.store = store
        names = Mutex(try await store.pausedSources())
    }

    /// Takes over what was said elsewhere; returns those of which it was not known.
    func replace(by said: Set<String>) -> Set<String> {
        names.withLock { names in
            defer { names = said }
            return names.symmetricDifference(said)
        }
    }

    func contains(_ name: String) -> Bool { names.withLock { $0.contains(name) } }

    func set(_ isPaused: Bool, _ name: String) async throws {
        try await store.setPaused(isPaused, source: name)
        names.withLock { names in
            if isPaused { names.insert(name) } else { names.remove(name) }
        }
    }
}

/// Ends a run of a source that was paused meanwhile.
struct SourcePaused: Error {}

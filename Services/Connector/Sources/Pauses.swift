import Synchronization

/// Which sources are not to be read, until somebody says otherwise; kept over restarts.
final class Pauses: Sendable {
    private let store: ConnectorStore
    private let state: Mutex<State>

    private struct State {
        var names: Set<String>
        /// How often something was said.
        var said = 0
    }

    /// Reads what was said before.
    init(_ store: ConnectorStore) async throws {
        self.store = store
        state = Mutex(State(names: try await store.pausedSources()))
    }

    /// How often something was said that is known here.
    var said: Int { state.withLock { $0.said } }

    /// Takes over what was said elsewhere; returns those of which it was not known.
    ///
    /// - Parameter said: The ``said`` from before the names were read.
    /// - Returns: `nil` if something was said meanwhile: the names may be without it, and are to be read again.
    func replace(by names: Set<String>, readAfter said: Int) -> Set<String>? {
        state.withLock { state in
            guard state.said == said else { return nil }
            defer { state = State(names: names, said: said + 1) }
            return state.names.symmetricDifference(names)
        }
    }

    func contains(_ name: String) -> Bool { state.withLock { $0.names.contains(name) } }

    func set(_ isPaused: Bool, _ name: String) async throws {
        try await store.setPaused(isPaused, source: name)
        state.withLock { state in
            if isPaused { state.names.insert(name) } else { state.names.remove(name) }
            state.said += 1
        }
    }
}

/// Ends a run of a source that was paused meanwhile.
struct SourcePaused: Error {}

import ConnectorKit
import Events
import Synchronization

/// What a source is doing.
struct SourceStatus: Sendable, Equatable {
    enum State: String, Sendable {
        /// Waits for its next run, or for a request.
        case idle
        case running
        /// Its last run did not come to its end.
        case failing
    }

    var state = State.idle
    var progress: SourceProgress?
    /// Why the last run that is over did not come to its end.
    var error: String?
    var succeeded: Timestamp?

    /// Whether it cannot be read, also while it is tried again.
    var isFailing: Bool { error != nil }
}

/// What all sources are doing, for whoever asks.
final class SourceBoard: Sendable {
    private struct State {
        var statuses: [String: SourceStatus] = [:]
        /// What others were not told of yet.
        var changed: Set<String> = []
    }

    private let state = Mutex(State())

    subscript(name: String) -> SourceStatus {
        state.withLock { $0.statuses[name] ?? SourceStatus() }
    }

    func update(_ name: String, _ change: (inout SourceStatus) -> Void) {
        state.withLock { state in
            change(&state.statuses[name, default: SourceStatus()])
            state.changed.insert(name)
        }
    }

    /// What has changed since the last call.
    func takeChanges() -> [String: SourceStatus] {
        state.withLock { state in
            defer { state.changed = [] }
            return state.statuses.filter { state.changed.contains($0.key) }
        }
    }

    /// Takes over what others tell of a source, unless there is something to tell them.
    func learn(_ name: String, _ status: SourceStatus) {
        state.withLock { state in
            if !state.changed.contains(name) { state.statuses[name] = status }
        }
    }
}

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
    /// Why the last run did not come to its end.
    var error: String?
    var succeeded: Timestamp?
}

/// What all sources are doing, for whoever asks.
final class SourceBoard: Sendable {
    private let statuses = Mutex<[String: SourceStatus]>([:])

    subscript(name: String) -> SourceStatus {
        statuses.withLock { $0[name] ?? SourceStatus() }
    }

    func update(_ name: String, _ change: (inout SourceStatus) -> Void) {
        statuses.withLock { change(&$0[name, default: SourceStatus()]) }
    }
}

import Events
import Logging
import MessageLog
import ServiceKit
import ServiceLifecycle
import Synchronization
import Topics

/// Which dead letters were replayed, as the audit entries in `control` tell; so that each is replayed once.
///
/// Should the process die between the replay and its audit entry, a second replay is possible; events and commands keep
/// their ids, so it has no second effect.
final class ReplayLedger: Service {
    /// What a caller who wants to replay may do.
    enum Turn: Equatable {
        case yours
        case underWay
        case done(Timestamp)
    }

    private struct State {
        var done: [RecordPlace: Timestamp] = [:]
        var underWay: Set<RecordPlace> = []
    }

    private let state = Mutex(State())
    private let log: any MessageLog

    init(log: any MessageLog) {
        self.log = log
    }

    /// When the dead letter was replayed.
    subscript(place: RecordPlace) -> Timestamp? { state.withLock { $0.done[place] } }

    /// Takes the turn to replay this dead letter, if nobody has had it.
    func begin(_ place: RecordPlace) -> Turn {
        state.withLock { state in
            if let time = state.done[place] { return .done(time) }
            return state.underWay.insert(place).inserted ? .yours : .underWay
        }
    }

    func finish(_ place: RecordPlace, at time: Timestamp) {
        state.withLock { state in
            state.underWay.remove(place)
            state.done[place] = time
        }
    }

    func abandon(_ place: RecordPlace) {
        state.withLock { _ = $0.underWay.remove(place) }
    }

    func run() async throws {
        var cursor = TopicCursor(log: log, topic: Topic.control)
        for await _ in log.news(of: [Topic.control]).cancelOnGracefulShutdown() {
            while case let records = try await cursor.next(), !records.isEmpty {
                for record in records { learn(from: record) }
            }
        }
    }

    private func learn(from stored: StoredRecord) {
        guard case .audit(let entry)? = try? ControlRecord(decoding: stored.record.value),
            entry.action == "dead-letters.replay", entry.status == 202, let place = RecordPlace(entry.subject)
        else { return }
        state.withLock { state in
            state.done[place] = min(entry.time, state.done[place] ?? entry.time)
        }
    }
}

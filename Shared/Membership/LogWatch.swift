import Logging
public import MessageLog
public import ServiceKit
import Synchronization

/// Asks the log whether it is there, for a member that is to leave its work to others while it is not.
///
/// As long as others can do the work, the condition `log` of the member's readiness does not hold.
public final class LogWatch: Sendable {
    private struct State {
        var reach = Reach(at: .now)
        var duty = Reach.Duty.goOn
    }

    /// One that nobody appends to: who is asked for it has nothing to look up, and no reader of a partition is waited for.
    private static let topic = "reach"

    private let readiness: Readiness
    private let isReached: @Sendable () async -> Bool
    private let state = Mutex(State())

    init(readiness: Readiness, isReached: @escaping @Sendable () async -> Bool) {
        self.readiness = readiness
        self.isReached = isReached
    }

    /// Asks the log itself.
    public convenience init(log: any MessageLog, readiness: Readiness) {
        self.init(readiness: readiness) {
            let partitions = try? await log.partitions(of: LogWatch.topic)
            return partitions != nil
        }
    }

    /// Asks once, for as long as it takes.
    func ask() async {
        guard await isReached() else { return }
        state.withLock { $0.reach.noteAnswer(at: .now) }
    }

    /// Whether the others are to take the member for cut off.
    var isInDoubt: Bool { state.withLock { $0.reach.isInDoubt(at: .now) } }

    /// What the member is to do, of which readiness and the service's log are told.
    func duty(hasSuccessor: Bool) -> Reach.Duty {
        let (before, duty) = state.withLock { state in
            let before = state.duty
            state.duty = state.reach.duty(hasSuccessor: hasSuccessor, at: .now)
            return (before, state.duty)
        }
        if (before == .goOn) != (duty == .goOn) { tell(isWorking: duty == .goOn) }
        return duty
    }

    private func tell(isWorking: Bool) {
        readiness.set("log", isWorking)
        if isWorking {
            Logger.current.notice("Takes part in the group's work again")
        } else {
            Logger.current.warning("Leaves the work to others of the group, which reach the log")
        }
    }
}

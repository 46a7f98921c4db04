import Events
import ServiceKit
import Synchronization
import Topics

/// Where rebuilds are asked for and asked about; the ``Rebuilder`` does them, one at a time.
final class RebuildDesk: Sendable {
    private struct State {
        var status = RebuildStatus()
        var isAbortWanted = false
        /// Whether one is asked for that the store has no note of yet.
        var isBeingNoted = false
    }

    /// What is to be rebuilt, as it was asked for.
    let requests: AsyncStream<RebuildRequest>
    private let sender: AsyncStream<RebuildRequest>.Continuation
    private let state = Mutex(State())
    /// What the store in use goes by.
    let inEffect: BookInEffect
    private let now: @Sendable () -> Timestamp
    private let keep: @Sendable (RebuildRequest) async throws -> Void

    /// A desk at which nothing was asked for.
    ///
    /// - Parameters:
    ///   - inEffect: What is known of who was forgotten: a report names them no longer.
    ///   - keep: Notes a request where the next process finds it.
    init(
        inEffect: BookInEffect = BookInEffect(),
        now: @Sendable @escaping () -> Timestamp = SystemClock.now,
        keep: @Sendable @escaping (RebuildRequest) async throws -> Void = { _ in }
    ) {
        self.inEffect = inEffect
        self.now = now
        self.keep = keep
        (requests, sender) = AsyncStream.makeStream()
    }

    var status: RebuildStatus {
        let lastForgetting = inEffect.book.lastForgetting
        return state.withLock { state in
            // The time is taken here: it is not to be before that of an end which is noted meanwhile.
            state.status.concealExamples(at: now(), lastForgetting: lastForgetting)
            return state.status
        }
    }

    // MARK: - For those who ask

    /// Asks for a rebuild; refused while there is one.
    ///
    /// Once anybody can see that it is under way, it outlives this process.
    func begin(_ request: RebuildRequest) async throws -> RebuildStatus {
        try take()
        do {
            try await keep(request)
        } catch {
            state.withLock { $0.isBeingNoted = false }
            throw error
        }
        let status = RebuildStatus(request)
        state.withLock { $0 = State(status: status) }
        sender.yield(request)
        return status
    }

    private func take() throws(RebuildError) {
        let isFree = state.withLock { state in
            guard state.status.state != .running, !state.isBeingNoted else { return false }
            state.isBeingNoted = true
            return true
        }
        guard isFree else { throw .underWay }
    }

    /// Asks for its end; it is refused when there is none, and when it is too late.
    func abort() throws(RebuildError) -> RebuildStatus {
        let outcome = state.withLock { state -> Result<RebuildStatus, RebuildError> in
            if let reason = state.status.reasonNotToAbort { return .failure(reason) }
            state.isAbortWanted = true
            return .success(state.status)
        }
        return try outcome.get()
    }

    /// Takes no further requests.
    func close() {
        sender.finish()
    }

    // MARK: - For who does it

    private static let pause = Duration.milliseconds(200)

    /// Notes that one of an earlier process goes on.
    func resume(_ request: RebuildRequest) {
        state.withLock { $0 = State(status: RebuildStatus(request)) }
    }

    /// Throws when it is to end.
    func check() throws(RebuildError) {
        if state.withLock({ $0.isAbortWanted }) { throw .aborted }
    }

    /// Does something that may have to wait for long; when the rebuild is to end it is cancelled, and this throws.
    func whileWanted(_ work: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await work()
                return true
            }
            group.addTask {
                while !Task.isCancelled {
                    try self.check()
                    try? await Task.sleep(for: Self.pause)
                }
                return false
            }
            defer { group.cancelAll() }
            while try await group.next() == false {}
        }
    }

    /// Notes how far it is; throws when it is to end.
    func note(_ phase: RebuildStatus.Phase, done: Int64 = 0, of total: Int64 = 0) throws(RebuildError) {
        try note { status in
            status.phase = phase
            status.done = done
            status.total = total
        }
    }

    /// Notes how many events are taken in, as long as that is what is done; throws when it is to end.
    func note(reading done: Int64, of total: Int64) throws(RebuildError) {
        try note { status in
            guard status.phase == .reading else { return }
            status.done = done
            status.total = total
        }
    }

    private func note(_ change: (inout RebuildStatus) -> Void) throws(RebuildError) {
        let isAborted = state.withLock { state in
            if !state.isAbortWanted { change(&state.status) }
            return state.isAbortWanted
        }
        if isAborted { throw .aborted }
    }

    /// Notes what became of it.
    func finish(_ report: RebuildReport, at time: Timestamp) {
        end(at: time) { status in
            status.state = .done
            status.report = report
        }
    }

    /// Notes that it ended otherwise.
    func fail(_ problem: String?, at time: Timestamp) {
        end(at: time) { status in
            status.state = problem == nil ? .aborted : .failed
            status.problem = problem
        }
    }

    /// Notes what an earlier process has done.
    func recall(_ status: RebuildStatus) {
        state.withLock { $0 = State(status: status) }
    }

    private func end(at time: Timestamp, _ change: (inout RebuildStatus) -> Void) {
        state.withLock { state in
            change(&state.status)
            state.status.finishedAt = time
            state.isAbortWanted = false
        }
    }
}

extension ControlBook {
    /// When the store in use forgot somebody last.
    fileprivate var lastForgetting: Timestamp? { erasures.values.compactMap(\.forgotten?.time).max() }
}

/// Why a rebuild is not begun, or does not go on.
enum RebuildError: Error, Equatable, CustomStringConvertible {
    case underWay
    case nothingUnderWay
    case tooLate
    case aborted
    /// Somebody is to be forgotten since it was begun; it is begun again by itself.
    case overtaken
    case logIsIncomplete(records: Int64)
    case placeIsTaken

    /// One sentence that says what is wrong.
    var description: String {
        switch self {
        case .underWay: "A rebuild is under way; wait for it, or end it first."
        case .nothingUnderWay: "No rebuild is under way."
        case .tooLate: "The rebuild is at its end already; the new store is put into use."
        case .aborted: "The rebuild was ended by request."
        case .overtaken: "Somebody is to be forgotten since the rebuild was begun."
        case .logIsIncomplete(let records):
            """
            The log no longer has the first \(records) records of events, and a store that is made of it would not know \
            what they said.
            """
        case .placeIsTaken: "What is left of an earlier rebuild cannot be removed."
        }
    }
}

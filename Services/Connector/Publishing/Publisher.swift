import ConnectorKit
import Events
import Membership
import MessageLog
import Metrics
import ServiceKit
import ServiceLifecycle
import Synchronization

/// Appends to the log, one batch after the other, and makes what follows from each append come true exactly once.
///
/// Before an append its effects are noted in the store together with its sequence; after it they are applied. A crash in
/// between leaves the note, and the log's last sequence tells whether the append took place.
final class Publisher: Service {
    /// Records for one append after the other; the last one decides whether the effects come true.
    struct Batch: Sendable {
        var parts: [(topic: String, records: [Record])]
        var effects: Effects
    }

    private struct Job {
        let batch: Batch
        let done: CheckedContinuation<Bool, any Error>
    }

    private struct State {
        var jobs: [Job] = []
        var isClosed = false
        /// The log has no room.
        var isBlocked = false
    }

    private let log: any MessageLog
    private let store: ConnectorStore
    private let gate: SuppressionGate?
    private let notice: WaitNotice
    private let state = Mutex(State())
    private let bell = Bell()
    private let isDraining = Mutex(false)
    private let seconds = Metrics.Timer(label: "kith_connector_log_append_seconds")

    /// - Parameters:
    ///   - gate: Keeps back what is of persons who are to be forgotten.
    ///   - notice: Says when the log takes nothing.
    init(
        log: any MessageLog,
        store: ConnectorStore,
        gate: SuppressionGate? = nil,
        notice: WaitNotice = WaitNotice(.log)
    ) {
        self.log = log
        self.store = store
        self.gate = gate
        self.notice = notice
    }

    /// Whether a batch would have to wait longer than somebody who sends it should.
    var isBusy: Bool { store.room.isAwaited || state.withLock { $0.isBlocked || $0.jobs.count >= 1000 } }

    /// Returns once the batch is on the log and its effects are in the store; whether it was taken, and is not a request that was
    /// taken before.
    @discardableResult
    func publish(_ batch: Batch) async throws -> Bool {
        try await withCheckedThrowingContinuation { continuation in
            let isTaken = state.withLock { state in
                if !state.isClosed { state.jobs.append(Job(batch: batch, done: continuation)) }
                return !state.isClosed
            }
            isTaken ? bell.ring() : continuation.resume(throwing: CancellationError())
        }
    }

    func run() async throws {
        defer { close() }
        var sequences: [String: UInt64] = [:]
        try await withGracefulShutdownHandler {
            while !Task.isCancelled {
                if let job = takeJob() {
                    try await carryOut(job, &sequences)
                } else if isDraining.withLock({ $0 }) {
                    return
                } else {
                    await bell.wait()
                }
            }
        } onGracefulShutdown: {
            self.isDraining.withLock { $0 = true }
            self.bell.ring()
        }
    }

    private func takeJob() -> Job? {
        state.withLock { $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }
    }

    private func close() {
        let left = state.withLock { state in
            state.isClosed = true
            defer { state.jobs = [] }
            return state.jobs
        }
        for job in left { job.done.resume(throwing: CancellationError()) }
    }

    private func carryOut(_ job: Job, _ sequences: inout [String: UInt64]) async throws {
        do {
            job.done.resume(returning: try await append(job.batch, &sequences))
        } catch MessageLogError.recordTooLarge(let bytes, let limit) {
            // The fault of whoever gave the batch; what was appended before it has no effects.
            try await store.apply(Effects())
            job.done.resume(throwing: MessageLogError.recordTooLarge(bytes: bytes, limit: limit))
        } catch {
            job.done.resume(throwing: error)
            throw error
        }
    }

    private func append(_ batch: Batch, _ sequences: inout [String: UInt64]) async throws -> Bool {
        var effects = batch.effects
        if let source = effects.source, let id = source.request,
            try await store.hasReceived(id, source: source.name)
        {
            return false
        }
        let parts = try await passed(batch.parts, &effects).filter { !$0.records.isEmpty }
        guard let last = parts.last else {
            try await store.apply(effects)
            return true
        }
        for (place, part) in parts.dropLast().enumerated() {
            try await appendPatiently(part.records, to: part.topic, isSifted: place == 0, &sequences)
        }
        let sequence = try await nextSequence(of: last.topic, sequences)
        let start = ContinuousClock.now
        try await store.note(effects, topic: last.topic, sequence: sequence)
        // It may have waited for room.
        let isPrompt = ContinuousClock.now - start < .seconds(1)
        try await appendPatiently(last.records, to: last.topic, isSifted: isPrompt && parts.count == 1, &sequences)
        try await store.apply(effects)
        return true
    }

    private typealias Parts = [(topic: String, records: [Record])]

    /// What may go to the log; of records whose events may not nothing is remembered either.
    private func passed(_ parts: Parts, _ effects: inout Effects) async throws -> Parts {
        guard let gate, !gate.isOpen else { return parts }
        var passed: Parts = []
        for part in parts {
            let sifted = await gate.sifted(part.records, to: part.topic)
            // Who is cancelled may not have waited until it was known who is suppressed.
            try Task.checkCancellation()
            passed.append((part.topic, sifted.records))
            let ids = Set(sifted.dropped.map { String(decoding: $0.key, as: UTF8.self) })
            effects.source?.notes.removeAll { $0.record != nil && !ids.isDisjoint(with: $0.messageIDs) }
        }
        return passed
    }

    private func nextSequence(of topic: String, _ sequences: [String: UInt64]) async throws -> UInt64 {
        if let last = sequences[topic] { return last + 1 }
        return try await log.lastSequence(of: topic) + 1
    }

    /// Waits while the log has no room; a source then simply goes no further.
    ///
    /// Of who is forgotten meanwhile nothing is put there any more.
    ///
    /// - Parameter isSifted: Whether nothing was waited for since it was asked what may go there.
    private func appendPatiently(
        _ records: [Record],
        to topic: String,
        isSifted: Bool,
        _ sequences: inout [String: UInt64]
    ) async throws {
        var (records, isSifted) = (records, isSifted)
        let sequence = try await nextSequence(of: topic, sequences)
        var pause = Duration.milliseconds(50)
        defer { state.withLock { $0.isBlocked = false } }
        while true {
            if !isSifted, let gate { records = await gate.sifted(records, to: topic).records }
            isSifted = false
            // An attempt that was not answered may have used it.
            sequences[topic] = sequence
            if records.isEmpty { return }
            do throws(MessageLogError) {
                let start = ContinuousClock.now
                _ = try await log.append(records, to: topic, sequence: sequence)
                seconds.record(duration: .now - start)
                return notice.goesOn()
            } catch {
                guard error.isPassing else { throw error }
                state.withLock { $0.isBlocked = true }
                notice.waits(because: error)
                try await Task.sleep(for: pause)
                pause = min(pause * 2, .seconds(5))
            }
        }
    }
}

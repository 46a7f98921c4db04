import ConnectorKit
import Events
import Logging
import MessageLog
import Metrics
import ServiceKit
import Synchronization
import Topics

/// Runs sources: hands them their state, and puts on the log what they give.
struct SourceRunner: Sendable {
    let store: ConnectorStore
    let publisher: Publisher
    let board: SourceBoard
    let pauses: Pauses

    /// Reads everything a source has now.
    func run(_ configured: ConfiguredSource) async throws {
        let name = configured.stateName
        board.update(name) { $0.state = .running }
        do {
            let forgettings = store.forgettings.number
            let text = try await store.stateText(of: name)
            let run = SourceRun(forgettings: forgettings, state: text)
            let state = try text.map { try JSONValue(state: $0) }
            try await TraceContext.$current.withValue(.random()) {
                try await untilPaused(name) { try await read(configured, from: state, in: run) }
            }
            let now = SystemClock.now()
            try await store.succeeded(name, at: now)
            board.update(name) { $0 = SourceStatus(state: .idle, progress: $0.progress, succeeded: now) }
        } catch is SourcePaused {
            board.update(name) { $0.state = .idle }
        } catch let error where Task.isCancelled || error is CancellationError {
            // Cut short, as when another connector is to go on with it: that says nothing of the source.
            board.update(name) { $0.state = .idle }
            throw error
        } catch {
            board.update(name) { status in
                status.state = .failing
                status.error = "\(error)"
            }
            throw error
        }
    }

    private func read(_ configured: ConfiguredSource, from state: JSONValue?, in run: SourceRun) async throws {
        let (name, tenths) = (configured.stateName, Tenths())
        try await configured.source.read(from: state) { batch in
            guard !pauses.contains(name) else { throw SourcePaused() }
            try await take(batch, from: configured, in: run)
            if let progress = batch.progress { report(progress, tenths, name) }
        }
    }

    /// Does something until it ends by itself, or the source is paused, which cuts it short: it may be waiting for minutes.
    private func untilPaused(_ name: String, _ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await body()
                return true
            }
            group.addTask {
                while !pauses.contains(name), !Task.isCancelled { try? await Task.sleep(for: .milliseconds(200)) }
                return false
            }
            while try await group.next() == false { if !Task.isCancelled { throw SourcePaused() } }
            group.cancelAll()
        }
    }

    /// Puts a batch on the log, whatever its size; a request that was taken before has no second effect.
    func take(_ given: SourceBatch, from configured: ConfiguredSource, in run: SourceRun? = nil) async throws {
        let batch = given.withoutLargeEvents
        let now = SystemClock.now()
        let trace = TraceContext.current
        let events = batch.events.map { configured.record(of: $0, at: now, trace) }
        let rejected = try await unknown(batch.rejected, of: configured)
        let letters = rejected.map { configured.deadLetter(of: $0, at: now, trace).record(at: now) }
        let effect = Effects.SourceEffect(
            name: configured.stateName,
            state: batch.state?.text,
            records: events.count,
            rejected: batch.rejected.count,
            request: batch.requestID.map { "request \(EventDraft.id(of: [$0]))" },
            time: now,
            notes: batch.records,
            forgettings: run?.forgettings,
            known: run?.known
        )
        let parts =
            [(Topic.deadLetters, letters), (Topic.events, events)].flatMap { topic, records in
                records.pieces(of: 2000, bytes: 4 << 20).map { (topic: topic, records: $0) }
            }
        guard try await publisher.publish(.init(parts: parts, effects: Effects(source: effect))) else { return }
        run?.goOn(to: effect.state)
        count("accepted", events.count, configured.name)
        count("rejected", batch.rejected.count, configured.name)
        Logger.current.debug(
            "Took in records",
            metadata: [
                "trace.id": "\(trace?.traceID ?? "")", "source.name": "\(configured.name)",
                "events.accepted": "\(events.count)",
            ]
        )
        // By a task of its own: this one may have been cut short while it was put on the log, and a store ends what it is at then.
        try await Task { try await note(rejected, of: configured, at: now) }.value
    }

    /// Says that records are among the dead letters, and notes them, if they may be read again.
    private func note(
        _ rejected: [RejectedRecord],
        of configured: ConfiguredSource,
        at now: Timestamp
    ) async throws {
        guard !rejected.isEmpty else { return }
        if configured.readsAgain {
            try await store.noteLetters(rejected.map(\.id), source: configured.stateName, at: now)
        }
        let metadata: Logger.Metadata = [
            "source.name": "\(configured.name)", "records.rejected": "\(rejected.count)",
        ]
        Logger.current.warning("Put records to the dead letters", metadata: metadata)
    }

    /// Without what is among the dead letters from an earlier reading: a source that looks back meets it each time.
    private func unknown(
        _ rejected: [RejectedRecord],
        of configured: ConfiguredSource
    ) async throws -> [RejectedRecord] {
        guard configured.readsAgain, !rejected.isEmpty else { return rejected }
        let known = try await store.knownLetters(rejected.map(\.id), source: configured.stateName)
        return rejected.filter { !known.contains($0.id) }
    }

    private func count(_ result: String, _ count: Int, _ source: String) {
        guard count > 0 else { return }
        Counter(label: "kith_connector_records_total", dimensions: [("source", source), ("result", result)])
            .increment(by: count)
    }

    private func report(_ progress: SourceProgress, _ tenths: Tenths, _ name: String) {
        board.update(name) { $0.progress = progress }
        guard tenths.advance(to: progress) else { return }
        Logger.current.info(
            "Reading",
            metadata: ["source.name": "\(name)", "bytes.done": "\(progress.done)", "bytes.total": "\(progress.total)"]
        )
    }
}

/// A run of a source under way.
final class SourceRun: Sendable {
    /// How often somebody had been forgotten when it began.
    let forgettings: Int
    private let state: Mutex<Effects.SourceEffect.Known>

    init(forgettings: Int, state: String?) {
        self.forgettings = forgettings
        self.state = Mutex(.init(state: state))
    }

    var known: Effects.SourceEffect.Known { state.withLock { $0 } }

    /// What the source goes on from now; `nil` leaves it as it was.
    func goOn(to text: String?) {
        guard let text else { return }
        state.withLock { $0.state = text }
    }
}

extension RejectedRecord {
    /// The same for the same record with the same fault.
    fileprivate var id: String { EventDraft.id(of: [code, String(decoding: payload, as: UTF8.self)]) }

    /// As much of it as is kept; of an event that is too large it still tells whose it was.
    fileprivate func part(bytes limit: Int) -> ArraySlice<UInt8> {
        guard payload.count > limit, let root = try? JSONDocument(payload, limits: EventEnvelope.limits).root else {
            return payload.prefix(limit)
        }
        return root.part(bytes: limit).prefix(limit)
    }
}

extension ConfiguredSource {
    fileprivate var readsAgain: Bool { source.interval != nil }

    func record(of event: SourceEvent, at now: Timestamp, _ trace: TraceContext? = nil) -> Record {
        let header = EventHeader(
            source: name,
            userNamespace: userNamespace,
            messageID: event.messageID,
            type: event.type,
            name: event.name,
            // What lies before 1970 stands for a time that nobody knows.
            timestamp: max(Timestamp(microseconds: 0), min(event.timestamp, now)),
            originalTimestamp: event.originalTimestamp,
            receivedAt: now,
            historical: isHistorical
        )
        return Record(
            key: Array(event.messageID.utf8),
            value: header.encode(event: event.body),
            headers: trace.map { [$0.header] } ?? [],
            timestamp: now.microseconds
        )
    }

    func deadLetter(of record: RejectedRecord, at now: Timestamp, _ trace: TraceContext? = nil) -> DeadLetter {
        DeadLetter(
            service: "connector",
            code: record.code,
            reason: record.reason,
            origin: name,
            userNamespace: userNamespace,
            time: now,
            payload: String(decoding: record.part(bytes: 64 * 1024), as: UTF8.self),
            trace: trace
        )
    }
}

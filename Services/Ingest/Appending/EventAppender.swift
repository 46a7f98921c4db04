import HTTPTypes
import MessageLog
import Metrics
import ServiceKit
import Topics

/// Puts a request's records into the log; when it returns they are durable.
struct EventAppender: Sendable {
    private let log: any MessageLog
    private let gate: SuppressionGate
    private let reach: LogReach?
    private let notice: WaitNotice
    private let suppressed = Counter(label: "kith_ingest_events_suppressed_total")
    private let seconds = Timer(label: "kith_ingest_log_append_seconds")

    /// One append's records; a request with more becomes several, each all or nothing.
    private static let appendBytes = 8 << 20

    /// - Parameter notice: Says when the log has no room.
    init(
        log: any MessageLog,
        gate: SuppressionGate,
        reach: LogReach? = nil,
        notice: WaitNotice = WaitNotice(.log)
    ) {
        self.log = log
        self.gate = gate
        self.reach = reach
        self.notice = notice
    }

    /// Appends what was refused and what was taken.
    ///
    /// Of persons who are to be forgotten nothing is appended; nothing tells the client so.
    ///
    /// The dead letters come first: should the events then fail, the client sends all again, and a dead letter that is there
    /// twice does no harm.
    func append(events: [Record], deadLetters: [Record]) async throws(APIError) {
        for part in deadLetters.pieces(bytes: Self.appendBytes) {
            _ = try await appendAllowed(part, to: Topic.deadLetters)
        }
        for part in events.pieces(bytes: Self.appendBytes) {
            suppressed.increment(by: try await appendAllowed(part, to: Topic.events))
        }
    }

    /// Appends what may go there right now, since the append before may have taken long; says how many records may not.
    private func appendAllowed(_ records: [Record], to topic: String) async throws(APIError) -> Int {
        guard !gate.isOpen else {
            try await append(records, to: topic)
            return 0
        }
        let sifted = await gate.sifted(records, to: topic)
        // Who is cancelled may not have waited until it was known who is suppressed.
        if Task.isCancelled { throw APIError.stopping }
        try await append(sifted.records, to: topic)
        return sifted.dropped.count
    }

    private func append(_ records: [Record], to topic: String) async throws(APIError) {
        if records.isEmpty { return }
        let start = ContinuousClock.now
        do throws(MessageLogError) {
            try await put(records, to: topic)
        } catch {
            reach?.note(error)
            if error == .full { notice.waits(because: error) }
            throw Self.apiError(for: error)
        }
        seconds.record(duration: .now - start)
        notice.goesOn()
    }

    /// Appends records, in halves where the log takes less at once: a batch is not refused while each of its events fits.
    private func put(_ records: [Record], to topic: String) async throws(MessageLogError) {
        do throws(MessageLogError) {
            _ = try await log.append(records, to: topic)
        } catch {
            guard case .recordTooLarge = error, records.count > 1 else { throw error }
            let middle = records.count / 2
            try await put(Array(records[..<middle]), to: topic)
            try await put(Array(records[middle...]), to: topic)
        }
    }

    /// What a client is told, and when it should come again.
    static func apiError(for error: MessageLogError) -> APIError {
        switch error {
        case .overloaded(let pending):
            .busy(
                .tooManyRequests,
                code: "overloaded",
                message: "Too much is waiting to be written.",
                retryAfter: min(max(pending >> 24, 1), 30)
            )
        case .full:
            .busy(.serviceUnavailable, code: "storage_full", message: "The storage is full.", retryAfter: 30)
        case .recordTooLarge(let bytes, let limit):
            APIError(
                .contentTooLarge,
                code: "event_too_large",
                message: "An event takes \(bytes) bytes on the log; at most \(limit) are taken."
            )
        default:
            .busy(
                .serviceUnavailable,
                code: "log_unavailable",
                message: "The log takes no events at this moment.",
                retryAfter: 5
            )
        }
    }
}

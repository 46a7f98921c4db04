import Logging
import MessageLog
import Metrics
import ServiceKit
import ServiceLifecycle

/// Puts what the store's transactions want to publish on the log, each record once; but nothing of persons who are to be
/// forgotten.
struct OutboxPublisher: Service {
    private static let batchSize = 500

    let log: any MessageLog
    let store: NotifierStore
    let signal: OutboxSignal
    let logger: Logger
    var gate: SuppressionGate?
    var notice = WaitNotice(.log)
    private let seconds = Timer(label: "kith_notifier_log_append_seconds")

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown {
                for await _ in signal.news { try await publish() }
            }
        } catch is CancellationError {
            // Asked to stop: what is left is published at the next start.
        }
    }

    private func publish() async throws {
        while let batch = try await store.nextBatch(limit: Self.batchSize) {
            try await append(batch)
            try await store.published(batch.topic, through: batch.sequence)
        }
    }

    /// Appends the batch; after a crash between the append and its note in the store, the sequence makes this do nothing.
    ///
    /// Before each attempt it is asked what may go there: while the log took nothing, somebody may have been forgotten.
    private func append(_ batch: OutboxBatch) async throws {
        var attempt = 0
        while true {
            let records = await gate?.sifted(batch.records, to: batch.topic).records ?? batch.records
            guard !records.isEmpty else { return }
            do throws(MessageLogError) {
                let start = ContinuousClock.now
                _ = try await log.append(records, to: batch.topic, sequence: batch.sequence)
                seconds.record(duration: .now - start)
                return notice.goesOn(logger: logger)
            } catch {
                guard error.isPassing else { throw error }
                attempt += 1
                notice.waits(because: error, logger: logger)
                try await Task.sleep(for: Patience.pause(attempt: attempt))
            }
        }
    }
}

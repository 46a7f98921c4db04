import Logging
import MessageLog
import ServiceKit

/// Puts appends on the log, as long as it takes: while its disk is full, nothing more is taken in.
struct PatientLog: Sendable {
    let log: any MessageLog
    let notice: WaitNotice
    let metrics: PipelineMetrics
    let logger: Logger

    func put(_ appends: [Outbox.Append]) async throws {
        for append in appends {
            while try await !put(append) { try await Task.sleep(for: .milliseconds(500)) }
        }
    }

    private func put(_ append: Outbox.Append) async throws -> Bool {
        do throws(MessageLogError) {
            let start = ContinuousClock.now
            _ = try await log.append(append.records, to: append.topic, sequence: append.sequence)
            metrics.noteAppend(duration: .now - start)
            notice.goesOn(logger: logger)
            return true
        } catch {
            guard error.isPassing else { throw error }
            notice.waits(because: error, logger: logger)
            return false
        }
    }
}

import Events
import Identity
import IdentityRules
import Logging
import MessageLog
import ServiceKit
import ServiceLifecycle
import Topics

/// Takes from `control` who it was that was forgotten, once nothing else has anything of them; the hashes remain.
///
/// Every instance that has partitions of its own on the log must have rewritten them before.
actor ErasureKeeper: Service {
    private let log: any MessageLog
    private let control: ControlFollower
    private let notice: WaitNotice
    private let logger: Logger
    /// What was done already, since it stays in the book as it was read.
    private var done: Set<String> = []

    init(
        log: any MessageLog,
        control: ControlFollower,
        notice: WaitNotice = WaitNotice(.log),
        logger: Logger
    ) {
        self.log = log
        self.control = control
        self.notice = notice
        self.logger = logger
    }

    /// Works whenever something was decided or done, until the service is to stop.
    func run() async throws {
        for await _ in control.news.cancelOnGracefulShutdown() { try await strip() }
    }

    /// Strips what is ready for it.
    func strip() async throws {
        let ready = try await Self.ready(in: control.book, on: log, except: done)
        guard !ready.isEmpty else { return }
        try await Self.strip(ready, from: log, logger, notice: notice)
        done.formUnion(ready)
    }

    /// Strips erasures from the lane of `control` that a log was opened with.
    static func strip(
        _ ready: Set<String>,
        from log: any MessageLog,
        _ logger: Logger,
        notice: WaitNotice = WaitNotice(.log)
    ) async throws {
        while true {
            do throws(MessageLogError) {
                _ = try await log.rewrite(Topic.control) { stripped($0.record, ready) }
                break
            } catch {
                guard error.isPassing else { throw error }
                notice.waits(because: error, logger: logger)
            }
            try await Task.sleep(for: .milliseconds(500))
        }
        notice.goesOn(logger: logger)
        logger.notice("Forgot who was erased", metadata: ["erasures.count": "\(ready.count)"])
    }

    /// The erasures of which nothing else is left, by id.
    static func ready(
        in book: ControlBook,
        on log: any MessageLog,
        except done: Set<String>
    ) async throws -> Set<String> {
        let waiting = book.erasures.values.filter {
            !$0.suppression.identifiers.isEmpty && !done.contains($0.suppression.id)
        }
        guard !waiting.isEmpty else { return [] }
        let owners = try await log.owners()
        return Set(waiting.filter { $0.isErased(by: owners) }.map(\.suppression.id))
    }

    private static func stripped(_ record: Record, _ ids: Set<String>) -> Record? {
        switch try? ControlRecord(decoding: record.value) {
        case .suppression(var suppression)? where ids.contains(suppression.id):
            suppression.identifiers = []
            suppression.profileIDs = []
            return ControlRecord.suppression(suppression).record(at: Timestamp(microseconds: record.timestamp))
        case .forgotten(var forgotten)? where ids.contains(forgotten.suppression):
            forgotten.messages = []
            forgotten.rules = forgotten.rules.flatMap { forms(in: $0) }
            return ControlRecord.forgotten(forgotten).record(at: Timestamp(microseconds: record.timestamp))
        default: return nil
        }
    }

    /// Of rules only what they make of values, by which the hashes are still to be understood; as junk they may name people.
    private static func forms(in text: String) -> String? {
        (try? Rules(yaml: text)).map { Rules().inForms(of: $0).briefText }
    }
}

extension ControlBook.Erasure {
    /// Whether the store has forgotten and every one of some instances has nothing more.
    func isErased(by owners: Set<String>) -> Bool { forgotten != nil && owners.isSubset(of: erased.keys) }
}

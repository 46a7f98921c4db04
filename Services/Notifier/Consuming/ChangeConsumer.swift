import Events
import Logging
import Membership
import MessageLog
import ServiceKit
import ServiceLifecycle
import Topics

/// Reads `changes`, and gives the store what the rules make of them.
///
/// A record's effects, its position and the once-keys are one transaction, so each takes place exactly once; what cannot be
/// handled goes to the dead letters and blocks nothing.
struct ChangeConsumer: Service {
    private static let batchSize = 200
    /// How many messages are made at once.
    private static let width = 8

    let log: any MessageLog
    let store: NotifierStore
    let rules: RulesFile
    let handler: TriggerHandler
    let published: OutboxSignal
    /// The name under which the progress is noted on the log.
    let name: String
    let readiness: Readiness
    let logger: Logger
    let metrics: NotifierMetrics
    var control: ControlFollower?
    var membership = Membership.alone
    var notice = WaitNotice(.log)

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await consume() }
        } catch is CancellationError {
            // Asked to stop: what was not committed is read again at the next start.
        }
    }

    private func consume() async throws {
        await control?.isKnown()
        try await register(at: try await checkedPositions())
        readiness.set("store", true)
        try await withThrowingTaskGroup(of: Set<Partition>.self) { group in
            var known: Set<Partition> = []
            group.addTask { try await partitions(besides: []) }
            while let found = try await group.next() {
                guard !found.isEmpty else { continue }
                for partition in found {
                    group.addTask {
                        try await consume(partition)
                        return []
                    }
                }
                known.formUnion(found)
                group.addTask { [known] in try await partitions(besides: known) }
            }
        }
        try Task.checkCancellation()
    }

    /// Becomes a consumer before there is anything to read, so that retention waits from the first change on.
    private func register(at positions: [Partition: Offset]) async throws {
        guard try await !log.consumers(of: Topic.changes).contains(where: { $0.name == name }) else { return }
        try await tell(positions)
    }

    /// Partitions that are not known yet, once there are any; none when the log is closed.
    private func partitions(besides known: Set<Partition>) async throws -> Set<Partition> {
        for await _ in log.news(of: [Topic.changes]) {
            let found = Set(try await log.partitions(of: Topic.changes).map(\.partition)).subtracting(known)
            if !found.isEmpty { return found }
        }
        return []
    }

    /// Reads one partition, whenever that is this member's to do.
    private func consume(_ partition: Partition) async throws {
        try await membership.hold(partition.description) { term in
            try await term.cancelWhenEnding { try await follow(partition) }
        }
    }

    private func follow(_ partition: Partition) async throws {
        let positions = try await checkedPositions()
        var next = positions[partition] ?? 0
        // Whoever read before may have ended before it told how far it had come.
        try await tell([partition: next])
        for await _ in log.news(of: [Topic.changes]) {
            while let batch = try await take(partition, from: next) { next = batch.next }
        }
    }

    /// Handles and commits the next records, if there are any.
    ///
    /// As long as the store has no room they are handled anew: somebody may have been forgotten meanwhile.
    private func take(_ partition: Partition, from next: Offset) async throws -> HandledBatch? {
        let batch = try await store.room.awaited { () -> HandledBatch? in
            guard let batch = try await nextBatch(of: partition, from: next) else { return nil }
            try await store.commit(batch)
            return batch
        }
        if let batch { try await tell(of: batch) }
        return batch
    }

    private func nextBatch(of partition: Partition, from next: Offset) async throws -> HandledBatch? {
        let status = try await log.partitions(of: Topic.changes).first { $0.partition == partition }
        guard let status, max(next, status.first) < status.head else { return nil }
        let records = try await log.readKept(
            partition,
            from: max(next, status.first),
            maxRecords: Self.batchSize,
            maxBytes: 4 << 20
        )
        return records.isEmpty ? nil : try await handled(records, status, from: next)
    }

    private func tell(of batch: HandledBatch) async throws {
        metrics.count(batch)
        for command in batch.commands { tell(of: command) }
        published.send()
        try await tell([batch.partition: batch.next])
    }

    private func tell(of command: Command) {
        logger.debug(
            "Made a message",
            metadata: [
                "trace.id": "\(command.trace?.traceID ?? "")", "rule.name": "\(command.rule)",
                "command.id": "\(command.id)",
            ]
        )
    }

    /// For the lag that `kith status` shows, and for retention.
    private func tell(_ positions: [Partition: Offset]) async throws {
        try await log.note(progress: positions, of: name, in: Topic.changes, notice)
    }

    /// The stored positions; refuses those that are no places of this log.
    private func checkedPositions() async throws -> [Partition: Offset] {
        let stored = try await store.positions()
        for status in try await log.partitions(of: Topic.changes, reaching: stored.mapValues(\.next)) {
            try stored[status.partition]?.check(against: status)
        }
        return stored.mapValues(\.next)
    }
}

// MARK: - One batch

extension ChangeConsumer {
    private func handled(
        _ records: [StoredRecord],
        _ status: PartitionStatus,
        from: Offset
    ) async throws -> HandledBatch {
        var batch = HandledBatch(
            partition: status.partition,
            epoch: status.epoch,
            from: from,
            next: (records.last?.offset ?? from) + 1,
            time: SystemClock.now()
        )
        let triggers = triggers(of: records, refused: &batch.deadLetters)
        let done = try await store.done(among: triggers.map(\.trigger.key))
        let fresh = triggers.filter { !done.contains($0.trigger.key) }
        batch.duplicates = triggers.count - fresh.count
        for (found, outcome) in zip(fresh, try await outcomes(of: fresh)) {
            // To make it may have taken as long as profile was away, and the store was cleaned meanwhile.
            if isSuppressed(found.trigger.event.anchor) { continue }
            switch outcome {
            case .command(let command): batch.commands.append(command)
            case .deadLetter(let letter): batch.deadLetters.append(letter)
            case .nothing: break
            }
        }
        return batch
    }

    private typealias Found = (trigger: Trigger, record: StoredRecord)

    private func triggers(of records: [StoredRecord], refused: inout [DeadLetter]) -> [Found] {
        let book = rules.book
        var found: [Found] = []
        for record in records {
            do throws(TopicError) {
                let change = try Change(decoding: record.record.value)
                found += book.triggers(of: change).filter { !isSuppressed($0.event.anchor) }.map { ($0, record) }
            } catch .erased {
                continue
            } catch {
                refused.append(DeadLetter(unreadable: record, reason: "\(error)", time: SystemClock.now()))
            }
        }
        return found
    }

    private func isSuppressed(_ identifier: Identifier) -> Bool { control?.isSuppressed(identifier) ?? false }

    /// The outcomes in the order of the triggers, several made at once.
    private func outcomes(of found: [Found]) async throws -> [Outcome] {
        var outcomes: [Outcome] = []
        for start in stride(from: 0, to: found.count, by: Self.width) {
            let part = Array(found[start..<min(start + Self.width, found.count)])
            outcomes += try await withThrowingTaskGroup(of: (Int, Outcome).self) { group in
                for (index, (trigger, record)) in part.enumerated() {
                    group.addTask { (index, try await handler.outcome(of: trigger, from: record, at: SystemClock.now)) }
                }
                return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
            }
        }
        return outcomes
    }
}

extension DeadLetter {
    fileprivate init(unreadable record: StoredRecord, reason: String, time: Timestamp) {
        self.init(
            service: "notifier",
            code: "invalid_change",
            reason: reason,
            origin: Topic.changes,
            position: "\(record.partition)@\(record.offset)",
            time: time,
            payload: String(decoding: record.record.value.prefix(64 * 1024), as: UTF8.self)
        )
    }
}

import Events
import Logging
import Membership
import MessageLog
import ServiceKit
import ServiceLifecycle
import Topics

/// Takes commands from the log into the store, from where they are delivered; of several connectors one at a time.
struct CommandReader: Service {
    let log: any MessageLog
    let store: ConnectorStore
    let desk: DeliveryDesk
    /// The name under which the progress is noted on the log.
    let consumer: String
    let readiness: Readiness
    let gate: SuppressionGate
    let membership: Membership
    let notice: WaitNotice

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            let positions = try await store.positions(in: Topic.commands)
            _ = try await log.partitions(of: Topic.commands, reaching: positions)
            try await register(at: positions)
            readiness.set("commands", true)
            try await membership.hold("commands") { term in
                try await term.cancelWhenEnding { try await work() }
            }
        }
    }

    /// What waits for destinations that are gone may be very much, and holds up no command.
    private func work() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await endUnknown() }
            group.addTask { try await follow() }
            for try await _ in group {}
        }
    }

    /// Now and then, since a destination may be gone here while another connector still delivers to it.
    private func endUnknown() async throws {
        while !Task.isCancelled {
            try await desk.endUnknown()
            try? await Task.sleep(for: .seconds(600))
        }
    }

    private func follow() async throws {
        // Whoever read before may have ended before it noted how far it had come.
        try await note(try await store.positions(in: Topic.commands))
        for await _ in log.news(of: [Topic.commands]) {
            while try await readOnce() {}
        }
    }

    /// Becomes a consumer before there is anything to read, so that retention waits from the first command on.
    private func register(at positions: [Partition: Offset]) async throws {
        guard try await !log.consumers(of: Topic.commands).contains(where: { $0.name == consumer }) else { return }
        try await note(positions)
    }

    private func note(_ positions: [Partition: Offset]) async throws {
        try await log.note(progress: positions, of: consumer, in: Topic.commands, notice)
    }

    /// Whether there was anything.
    private func readOnce() async throws -> Bool {
        var found = false
        for status in try await log.partitions(of: Topic.commands) {
            let from = try await store.position(in: status)
            guard from < status.head else { continue }
            let records = try await log.readKept(status.partition, from: from, maxRecords: 500, maxBytes: 4 << 20)
            guard let last = records.last else { continue }
            // Without room all of it again: somebody may have been forgotten meanwhile.
            try await store.room.awaited { try await take(records, status, from: from, to: last.offset + 1) }
            try await note([status.partition: last.offset + 1])
            found = true
        }
        return found
    }

    private func take(_ records: [StoredRecord], _ status: PartitionStatus, from: Offset, to: Offset) async throws {
        let now = SystemClock.now()
        var commands: [Command] = []
        var published: [OutboxRecord] = []
        for record in records {
            do throws(TopicError) {
                let command = try Command(decoding: record.record.value)
                if await gate.isSuppressed(command) { continue }
                if desk.serves(command.destination) {
                    commands.append(command)
                } else {
                    published += OutcomeRecords.failed(
                        Delivery(command: command, attempt: 0),
                        code: DeliveryDesk.unknown,
                        reason: DeliveryDesk.reason(ofUnknown: command.destination),
                        at: now
                    )
                }
            } catch .erased {
                continue
            } catch {
                published.append(deadLetter(record, error, at: now))
            }
        }
        try await store.accept(commands, publishing: published, in: status, from: from, to: to)
        desk.wake(Set(commands.map(\.destination)), hasPublished: !published.isEmpty)
    }

    private func deadLetter(_ stored: StoredRecord, _ error: TopicError, at now: Timestamp) -> OutboxRecord {
        let letter = DeadLetter(
            service: "connector",
            code: "invalid_command",
            reason: error.description,
            origin: Topic.commands,
            position: "\(stored.partition)@\(stored.offset)",
            time: now,
            payload: String(decoding: stored.record.value.prefix(64 * 1024), as: UTF8.self)
        )
        return OutboxRecord(topic: Topic.deadLetters, record: letter.record(at: now))
    }
}

import Events
import Foundation
import Logging
import MessageLog
import ServiceKit
import Synchronization
import Topics

@testable import NotifierService

/// A notifier on a log of its own, with a `profile` that answers as it is told.
struct Workbench {
    let directory: String
    /// What `ingest` and `profile` would write.
    let world: EmbeddedLog
    let log: EmbeddedLog
    let profiles: AnsweringProfiles
    private let rulesPath: String

    init(rules: String, profiles: AnsweringProfiles = AnsweringProfiles(), segmentBytes: Int = 64 << 20) throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("notifier-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        var options = EmbeddedLogOptions()
        options.segmentBytes = segmentBytes
        world = try EmbeddedLog(directory: "\(directory)/log", producer: "world", options: options)
        log = try EmbeddedLog(directory: "\(directory)/log", producer: "notifier", options: options)
        rulesPath = "\(directory)/kith.yaml"
        try Data(rules.utf8).write(to: URL(fileURLWithPath: rulesPath))
        self.profiles = profiles
    }

    func store() throws -> NotifierStore {
        try NotifierStore(path: "\(directory)/notifier.sqlite")
    }

    /// Makes the next ``store()`` one that remembers nothing.
    func loseStore() throws {
        for ending in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: "\(directory)/notifier.sqlite\(ending)")
        }
    }

    /// Keeps the store as it is now.
    func keepStore() throws {
        try store().copy(to: "\(directory)/kept.sqlite")
    }

    /// Makes the next ``store()`` the one that was kept.
    func returnToKeptStore() throws {
        try loseStore()
        try FileManager.default.copyItem(atPath: "\(directory)/kept.sqlite", toPath: "\(directory)/notifier.sqlite")
    }

    func remove() async {
        await log.close()
        await world.close()
        try? FileManager.default.removeItem(atPath: directory)
    }

    // MARK: What happens outside

    /// Puts an event and the change that it makes on the log.
    func happens(
        _ messageID: String,
        name: String = "Order Completed",
        at time: Timestamp = SystemClock.now(),
        kind: Change.Kind = .updated,
        to person: Identifier = Identifier("email", "ada@example.com"),
        properties: String = #"{"total":12.50}"#
    ) async throws {
        let header = EventHeader(
            source: "web",
            messageID: messageID,
            type: .track,
            name: name,
            timestamp: time,
            receivedAt: time
        )
        let body = header.encode(event: Array(#"{"type":"track","properties":\#(properties)}"#.utf8))
        let record = Record(value: body, timestamp: time.microseconds)
        guard case .at(let offset) = try await world.append([record], to: Topic.events) else { return }
        try await isTold(messageID, at: offset, name: name, time: time, kind: kind, to: person)
    }

    /// Says that `profile` has read an event at this offset.
    func isTold(
        _ messageID: String,
        at offset: Offset,
        name: String = "Order Completed",
        time: Timestamp = SystemClock.now(),
        kind: Change.Kind = .updated,
        to person: Identifier = Identifier("email", "ada@example.com")
    ) async throws {
        let event = Change.Event(
            messageID: messageID,
            type: .track,
            name: name,
            source: "web",
            time: time,
            anchor: person,
            partition: "world",
            offset: offset,
            historical: false
        )
        try await changes(Change(profileID: "p", revision: 1, kind: kind, formerIDs: [], events: [event], time: time))
    }

    func changes(_ change: Change) async throws {
        try await changes(change.encoded)
    }

    func changes(_ bytes: [UInt8]) async throws {
        _ = try await world.append([Record(value: bytes, timestamp: 0)], to: Topic.changes)
    }

    // MARK: Running

    /// Runs the notifier until all of `changes` is consumed, everything is published, and that is enough.
    func settle(
        control: ControlFollower? = nil,
        in given: NotifierStore? = nil,
        until isEnough: @Sendable @escaping () async throws -> Bool = { true }
    ) async throws {
        let store = try given ?? self.store()
        let metrics = NotifierMetrics()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        try await Recovery(log: log, store: store, consumer: "notifier", patience: .zero).run()
        let rules = try RulesFile(path: rulesPath, logger: logger, metrics: metrics)
        let signal = OutboxSignal()
        let handler = TriggerHandler(profiles: profiles, log: log, patience: Patience(logger: logger))
        let consumer = ChangeConsumer(
            log: log,
            store: store,
            rules: rules,
            handler: handler,
            published: signal,
            name: "notifier",
            readiness: Readiness(),
            logger: logger,
            metrics: metrics,
            control: control
        )
        let publisher = OutboxPublisher(log: log, store: store, signal: signal, logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await consumer.run() }
            group.addTask { try await publisher.run() }
            group.addTask { try await isSettled(store, isEnough) }
            try await group.next()
            group.cancelAll()
        }
    }

    private func isSettled(_ store: NotifierStore, _ isEnough: () async throws -> Bool) async throws {
        for await _ in log.news(of: [Topic.changes, Topic.commands, Topic.deadLetters]) {
            if try await isDone(store), try await isEnough() { return }
            // The position moves after the append that this was told of.
            while true {
                try await Task.sleep(for: .milliseconds(5))
                if try await isDone(store), try await isEnough() { return }
            }
        }
    }

    private func isDone(_ store: NotifierStore) async throws -> Bool {
        let positions = try await store.positions()
        let statuses = try await log.partitions(of: Topic.changes)
        let isRead = statuses.allSatisfy { $0.head == positions[$0.partition]?.next ?? 0 }
        let waiting = try await store.waiting()
        return isRead && waiting == 0
    }

    // MARK: What came of it

    /// How far the notifier has said that it has come.
    func progress() async throws -> [Partition: Offset] {
        try await log.consumers(of: Topic.changes).first { $0.name == "notifier" }?.positions ?? [:]
    }

    func commands() async throws -> [Command] {
        try await records(of: Topic.commands).map { try Command(decoding: $0.record.value) }
    }

    func deadLetters() async throws -> [DeadLetter] {
        try await records(of: Topic.deadLetters).map { try DeadLetter(decoding: $0.record.value) }
    }

    private func records(of topic: String) async throws -> [StoredRecord] {
        var cursor = TopicCursor(log: log, topic: topic)
        var all: [StoredRecord] = []
        while case let records = try await cursor.next(), !records.isEmpty { all += records }
        return all
    }
}

/// A `profile` with the given answers; the last one is given for ever.
final class AnsweringProfiles: ProfileReading {
    static let ada = """
        {"id":"p","firstSeen":"2026-01-01T00:00:00Z","lastSeen":"2026-01-02T00:00:00Z","traits":{"name":"Ada"},
        "identifiers":[{"namespace":"email","value":"ada@example.com","lastSeen":"2026-01-02T00:00:00Z","shared":false}]}
        """
    static let nameless = #"{"id":"p","traits":{},"identifiers":[]}"#

    private let answers: Mutex<[ProfileAnswer]>
    private let asked = Mutex(0)

    init(_ answers: [ProfileAnswer] = [.json(ada)]) {
        self.answers = Mutex(answers)
    }

    /// How often somebody asked.
    var count: Int { asked.withLock { $0 } }

    func answer(_ answer: ProfileAnswer) {
        answers.withLock { $0 = [answer] }
    }

    func profile(named reference: String) async -> ProfileAnswer {
        asked.withLock { $0 += 1 }
        return answers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
    }
}

extension ProfileAnswer {
    static func json(_ text: String) -> ProfileAnswer {
        guard let document = try? JSONDocument(Array(text.utf8)) else { return .notFound }
        return .found(document.root)
    }
}

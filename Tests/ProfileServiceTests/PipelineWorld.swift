import Events
import Foundation
import Identity
import Logging
import MessageLog
import ServiceKit
import Store
import TestKit
import Testing
import Topics

import struct MessageLog.Record

@testable import ProfileService

/// A log, a store and what works between them, in a folder that goes with it.
final class PipelineWorld {
    let folder: String
    let log: InMemoryLog
    let store: any BatchStore
    /// By which it is known who is to be forgotten.
    let key: SuppressionKey
    private(set) var consumer: EventConsumer
    private var settings: PipelineSettings
    private var sent = 0

    init(log: InMemoryLog = InMemoryLog(producer: "profile"), rules: Rules = Rules()) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("pipeline-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        self.log = log
        store = try Engine.store(in: folder)
        settings = PipelineSettings(
            rules: rules,
            hash: KeyedHash(secret: Array(repeating: 7, count: 32)),
            markPath: folder + "/profile.inflight"
        )
        key = try SuppressionKey.load(in: folder)
        settings.suppressionKey = key
        settings.now = { Timestamp(microseconds: 1_800_000_000_000_000) }
        consumer = try Self.consumer(log, store, settings, batch: 8192)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// A consumer as a new process would have it.
    func restart(batch: Int = 8192, cache: Int = 100_000, people: Int = 1000) throws {
        settings.cacheCapacity = cache
        consumer = try Self.consumer(log, store, settings, batch: batch, people: people)
    }

    private static func consumer(
        _ log: any MessageLog,
        _ store: any BatchStore,
        _ settings: PipelineSettings,
        batch: Int,
        people: Int = 1000
    ) throws -> EventConsumer {
        var limits = EventConsumer.Limits()
        limits.batch.records = batch
        limits.people = people
        limits.patience = .milliseconds(100)
        return try EventConsumer(
            log: log,
            store: store,
            settings: settings,
            limits: limits,
            logger: Logger(label: "test") { _ in
                SwiftLogNoOpLogHandler()
            }
        )
    }

    // MARK: - Doing

    /// Puts events on the log in one append.
    func send(_ events: [TestEvent], from producer: String = "ingest") async throws {
        _ = try await log.shared(with: producer).append(events.map(\.record), to: Topic.events, sequence: nil)
    }

    func send(_ events: TestEvent...) async throws { try await send(events) }

    /// Starts the consumer and takes in all there is.
    func settle() async throws {
        try await consumer.start()
        try await consumer.drain()
    }

    // MARK: - Looking

    func changes() async throws -> [Change] {
        try await records(of: Topic.changes).map { try Change(decoding: $0.value) }
    }

    func deadLetters() async throws -> [DeadLetter] {
        try await records(of: Topic.deadLetters).map { try DeadLetter(decoding: $0.value) }
    }

    func records(of topic: String) async throws -> [Record] {
        guard try await log.partitions(of: topic).contains(where: { $0.partition.name == "profile" }) else { return [] }
        return try await log.read(
            Partition(topic: topic, name: "profile"),
            from: 0,
            maxRecords: 100_000,
            maxBytes: 1 << 30
        ).map(\.record)
    }

    /// All that is known, told without the store's numbers.
    func graph() throws -> Portrayal {
        try store.read { try Portrayal(in: $0) }
    }

    func count(_ sql: String) throws -> Int {
        try store.read { try $0.value(sql) ?? 0 }
    }
}

/// An event for a test: an id, a time in seconds, and the rest as JSON.
struct TestEvent: Sendable {
    var id: String
    var time: Int64
    var type = EventType.track
    var name: String? = "Seen"
    var source = "web"
    var event: String
    var original = true
    /// How many seconds after it happened it was received.
    var delay: Int64 = 0
    /// By how many seconds the sender's clock was wrong.
    var clock: Int64 = 0

    /// A track call with these members.
    init(_ id: String, at time: Int64, _ event: String, source: String = "web", delay: Int64 = 0) {
        self.init(id, at: time, .track, event, source: source)
        self.delay = delay
    }

    /// A call with these members.
    init(_ id: String, at time: Int64, _ type: EventType, _ event: String, source: String = "web") {
        self.id = id
        self.time = time
        self.type = type
        self.event = event
        self.source = source
        name = type == .track ? "Seen" : nil
    }

    /// A login on a device.
    static func login(_ id: String, at time: Int64, user: String, device: String) -> TestEvent {
        TestEvent(id, at: time, .identify, #"{"userId":"\#(user)","anonymousId":"\#(device)"}"#)
    }

    /// An identify call with a mail address.
    static func mail(_ id: String, at time: Int64, user: String, address: String) -> TestEvent {
        TestEvent(id, at: time, .identify, #"{"userId":"\#(user)","traits":{"email":"\#(address)"}}"#)
    }

    /// The moment of a test's second.
    static func microseconds(_ time: Int64) -> Int64 { 1_767_225_600_000_000 + time * 1_000_000 }

    var record: Record {
        let moment = Timestamp(microseconds: Self.microseconds(time))
        let header = EventHeader(
            source: source,
            messageID: id,
            type: type,
            name: name,
            timestamp: moment,
            originalTimestamp: original ? Timestamp(microseconds: Self.microseconds(time + clock)) : nil,
            receivedAt: Timestamp(microseconds: Self.microseconds(time + delay))
        )
        return Record(value: header.encode(event: Array(event.utf8)), timestamp: moment.microseconds)
    }
}

/// The graph as it looks from outside.
struct Portrayal: Equatable {
    struct Profile: Equatable, CustomStringConvertible {
        var id: String
        var members: [String]
        var isShared: Bool
        var traits: String
        var name: String
        var firstSeen: Int64
        var lastSeen: Int64
        var events: Int64
        var timeline: [String]
        var counts: [String]

        var description: String { "\(id) \(members) \(traits) \(events) \(timeline)" }
    }

    var profiles: [Profile]
    var rejected: [String]

    /// The profiles that the other has not, and those that only the other has.
    func differences(from other: Portrayal) -> ([Profile], [Profile]) {
        (profiles.filter { !other.profiles.contains($0) }, other.profiles.filter { !profiles.contains($0) })
    }

    subscript(_ identifier: String) -> Profile? { profiles.first { $0.members.contains(identifier) } }

    init(in db: any SQLConnection) throws {
        try Self.checkTotals(db)
        let ids: [Int64] = try db.all("SELECT id FROM profile") { $0[0] }
        profiles = try ids.map { try Self.profile($0, db) }.sorted { $0.id < $1.id }
        rejected = try db.all(
            """
            SELECT a.value || ' ' || b.value || ' ' || coalesce(n.name, 'separated')
            FROM evidence e JOIN identifier a ON a.id = e.identifier
            JOIN identifier b ON b.id = e.other LEFT JOIN namespace n ON n.id = e.rejected
            WHERE e.rejected IS NOT NULL
            """
        ) { ($0[0] as String).split(separator: " ").sorted().joined(separator: " ") }.sorted()
    }

    private static func checkTotals(_ db: any SQLConnection) throws {
        let totals = try Totals(in: db)
        #expect(try db.value("SELECT count(*) FROM identifier") == totals.identifiers)
        #expect(try db.value("SELECT count(*) FROM profile WHERE shared = 0") == totals.profiles)
    }

    private static func profile(_ id: Int64, _ db: any SQLConnection) throws -> Profile {
        let row = try db.row(
            """
            SELECT f.key, p.shared, p.traits, p.name, p.first_seen, a.last_seen, a.events
            FROM profile p JOIN identifier f ON f.id = p.founder JOIN activity a ON a.profile = p.id WHERE p.id = ?
            """,
            [id]
        )
        guard let row else { throw PipelineError.damagedStore("profile \(id) has no row or no activity") }
        return Profile(
            id: PublicID.text(of: row[0] as [UInt8]),
            members: try members(id, db),
            isShared: row[1],
            traits: row[2],
            name: row[3],
            firstSeen: row[4],
            lastSeen: row[5],
            events: row[6],
            timeline: try timeline(id, db),
            counts: try counts(id, db)
        )
    }

    private static func members(_ id: Int64, _ db: any SQLConnection) throws -> [String] {
        try db.all(
            """
            SELECT n.name || ':' || i.value || coalesce('@' || l.value, '')
            FROM identifier i JOIN namespace n ON n.id = i.namespace LEFT JOIN identifier l ON l.id = i.login
            WHERE i.profile = ?
            """,
            [id]
        ) { $0[0] as String }.sorted()
    }

    private static func timeline(_ id: Int64, _ db: any SQLConnection) throws -> [String] {
        try db.all(
            """
            SELECT t.time || ' ' || e.type || ' ' || e.name || ' ' || s.name || ' ' || i.value
            FROM timeline t JOIN identifier i ON i.id = t.identifier JOIN event e ON e.id = t.event
            JOIN source s ON s.id = t.source WHERE i.profile = ?
            """,
            [id]
        ) { $0[0] as String }.sorted()
    }

    private static func counts(_ id: Int64, _ db: any SQLConnection) throws -> [String] {
        try db.all(
            """
            SELECT i.value || ' ' || e.type || ' ' || s.name || ' ' || sum(t.count) || ' ' || min(t.first) || ' ' || max(t.last)
            FROM tally t JOIN identifier i ON i.id = t.identifier JOIN event e ON e.id = t.event
            JOIN source s ON s.id = t.source WHERE i.profile = ? GROUP BY i.id, e.id, s.id, i.value, e.type, s.name
            """,
            [id]
        ) { $0[0] as String }.sorted()
    }
}

import Events
import Foundation
import Identity
import MessageLog
import ServiceKit
import TestKit
import Testing
import Topics

@testable import IngestService

@Suite("Events of persons who are to be forgotten, at the door")
struct SuppressedEventsTests {
    private static let word = Word(author: "eve", reason: "so", time: noon)
    private let log = InMemoryLog(producer: "ingest")
    private let key: SuppressionKey
    private let control: ControlFollower
    private let appender: EventAppender

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "kith-door-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        key = try SuppressionKey.load(in: url.path)
        control = ControlFollower(log: log, key: key, readiness: Readiness())
        appender = EventAppender(log: log, gate: SuppressionGate(control: control) { Rules() })
    }

    private func say(_ record: ControlRecord) async throws {
        _ = try await log.append([record.record(at: noon)], to: Topic.control)
    }

    private var suppression: ControlRecord {
        let hashes = [Identifier("user", "42"), Identifier("email", "ann@example.com")].map(key.hash)
        return .suppression(Suppression(id: "s", hashes: hashes, identifiers: [], profileIDs: [], word: Self.word))
    }

    /// Sends events as a client would, and gives the bodies that are on the log then.
    private func send(_ bodies: String...) async throws -> [String] {
        let records = try bodies.map { body in
            let event = try admit(body)
            return Record(
                key: Array(event.orderingKey.utf8),
                value: event.envelope(source: "web", userNamespace: nil),
                timestamp: noon.microseconds
            )
        }
        try await appender.append(events: records, deadLetters: [])
        let lane = Partition(topic: Topic.events, name: "ingest")
        guard try await log.partitions(of: Topic.events).contains(where: { $0.partition == lane }) else { return [] }
        return try await log.read(lane, from: 0, maxRecords: 100, maxBytes: 1 << 20).map { stored in
            let event = try EventEnvelope(decoding: stored.record.value).event
            return "\(event["userId"]?.string ?? "") \(event["traits"]?["email"]?.string ?? "-")"
        }
    }

    @Test("are dropped, or redacted where they are others', and taken again once the suppression is withdrawn")
    func suppressed() async throws {
        let anns = #"{"type":"identify","messageId":"1","userId":"42","traits":{"email":"ann@example.com"}}"#
        let bobs = #"{"type":"identify","messageId":"2","userId":"bob","traits":{"email":"ann@example.com"}}"#
        let task = Task { [control] in try await control.run() }
        await control.isKnown()
        #expect(try await send(anns) == ["42 ann@example.com"])
        try await say(suppression)
        for await _ in control.news where control.hasSuppressions { break }
        #expect(try await send(anns, bobs) == ["42 ann@example.com", "bob -"])
        try await say(.withdrawal(Withdrawal(id: "s", word: Self.word)))
        for await _ in control.news where !control.hasSuppressions { break }
        #expect(try await send(anns) == ["42 ann@example.com", "bob -", "42 ann@example.com"])
        task.cancel()
    }

    @Test("are not let in before it is known who is suppressed")
    func waits() async throws {
        try await say(suppression)
        async let sent = send(#"{"type":"identify","messageId":"1","userId":"42"}"#)
        let task = Task { [control] in try await control.run() }
        #expect(try await sent.isEmpty)
        task.cancel()
    }

    @Test("are not let in by a request that ends before it is known who is suppressed")
    func cancelled() async throws {
        try await say(suppression)
        let request = Task { try await send(#"{"type":"identify","messageId":"1","userId":"42"}"#) }
        request.cancel()
        await #expect(throws: APIError.stopping) { try await request.value }
    }

    @Test(
        "are not let in when it is known only while what was refused, or a first part of a large request, is written down",
        .timeLimit(.minutes(5)),
        arguments: [Topic.deadLetters, Topic.events]
    )
    func meanwhile(first: String) async throws {
        let following = Task { [control] in try await control.run() }
        await control.isKnown()
        let event = try admit(#"{"type":"identify","messageId":"1","userId":"42"}"#)
        let record = Record(value: event.envelope(source: "web", userNamespace: nil), timestamp: noon.microseconds)
        let slow = SlowLog(log) { [control, suppression] in control.apply([suppression]) }
        let appender = EventAppender(log: slow, gate: SuppressionGate(control: control) { Rules() })
        // As much as goes there at once.
        let other = Record(value: Array(repeating: 0, count: 8 << 20), timestamp: 0)
        let isRefused = first == Topic.deadLetters
        try await appender.append(
            events: isRefused ? [record] : [other, record],
            deadLetters: isRefused ? [other] : []
        )
        #expect(try await log.partitions(of: Topic.events).map(\.head).reduce(0, +) == (isRefused ? 0 : 1))
        following.cancel()
    }
}

/// A log on whose appends something else happens.
private struct SlowLog: WrappedLog {
    let log: InMemoryLog
    private let meanwhile: @Sendable () -> Void

    init(_ log: InMemoryLog, meanwhile: @escaping @Sendable () -> Void) {
        self.log = log
        self.meanwhile = meanwhile
    }

    func append(_ records: [Record], to topic: String, sequence: UInt64?) async throws(MessageLogError) -> Appended {
        meanwhile()
        return try await log.append(records, to: topic, sequence: sequence)
    }
}

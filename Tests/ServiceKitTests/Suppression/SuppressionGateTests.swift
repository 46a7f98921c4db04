import Events
import Foundation
import Identity
import MessageLog
import ServiceKit
import TestKit
import Testing
import Topics

@Suite("Keeping persons who are to be forgotten off the log")
struct SuppressionGateTests {
    private static let word = Word(author: "eve", reason: "so", time: Timestamp(microseconds: 1))
    private static let person = [
        Identifier("user", "42"), Identifier("email", "ann@example.com"), Identifier("crm.contact", "7"),
    ]
    private let control: ControlFollower
    private let key: SuppressionKey
    private let log = InMemoryLog()

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "kith-gate-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        key = try SuppressionKey.load(in: url.path)
        control = ControlFollower(log: log, key: key, readiness: Readiness())
    }

    /// Runs the body where the person is suppressed, or nobody.
    private func following(_ isSuppressed: Bool = true, _ body: (SuppressionGate) async throws -> Void) async throws {
        let suppression = Suppression(
            id: "s1",
            hashes: Self.person.map(key.hash),
            identifiers: [],
            profileIDs: [],
            word: Self.word
        )
        if isSuppressed {
            let record = ControlRecord.suppression(suppression).record(at: Self.word.time)
            _ = try await log.append([record], to: Topic.control)
        }
        let task = Task { [control] in try await control.run() }
        try await body(SuppressionGate(control: control) { Rules() })
        task.cancel()
    }

    private static func record(_ value: [UInt8]) -> Record { Record(key: [1], value: value, timestamp: 10) }

    private static func command(_ identifier: Identifier, to: JSONValue) -> Command {
        Command(
            id: "c",
            destination: "mail",
            rule: "r",
            identifier: identifier,
            causedBy: "m",
            payload: ["to": to],
            createdAt: word.time,
            notAfter: word.time
        )
    }

    private static func change(_ anchor: Identifier) -> Change {
        let event = Change.Event(
            messageID: "m",
            type: .track,
            name: nil,
            source: "web",
            time: word.time,
            anchor: anchor,
            partition: "ingest",
            offset: 1,
            historical: false
        )
        return Change(profileID: "p", revision: 0, kind: .updated, formerIDs: [], events: [event], time: word.time)
    }

    private static func letter(_ payload: String) -> Record {
        DeadLetter(service: "ingest", code: "c", reason: "r", origin: "web", time: word.time, payload: payload)
            .record(at: word.time)
    }

    @Test("the person's events are dropped, others' are redacted or stay as they are")
    func events() async throws {
        let events = [
            #"{"userId":"42"}"#, #"{"userId":"bob","traits":{"email":"Ann@example.com"}}"#, #"{"userId":"bob","n":42}"#,
        ].map { Self.record(RecordEraserTests.event($0)) }
        try await following { gate in
            let sifted = await gate.sifted(events + [Self.record([1])], to: Topic.events)
            #expect(sifted.dropped.count == 1)
            let redacted = Record(
                key: Array("user:bob".utf8),
                value: RecordEraserTests.event(#"{"userId":"bob","traits":{}}"#),
                timestamp: 10
            )
            #expect(sifted.records == [redacted, events[2], Self.record([1])])
        }
    }

    @Test("an event that names nobody without the person is dropped")
    func nobodyLeft() async throws {
        let events = [#"{"userId":"Ann@example.com","n":1}"#].map { Self.record(RecordEraserTests.event($0)) }
        try await following { gate in
            let sifted = await gate.sifted(events, to: Topic.events)
            #expect(sifted.dropped == events)
            #expect(sifted.records == [])
        }
    }

    @Test("where nobody is suppressed all pass")
    func open() async throws {
        try await following(false) { gate in
            let records = [Self.record(RecordEraserTests.event(#"{"userId":"42"}"#))]
            #expect(await gate.sifted(records, to: Topic.events).records == records)
            #expect(gate.isOpen)
        }
    }

    @Test("commands for the person, or to the person's address, do not pass")
    func commands() async throws {
        let bob = Identifier("user", "bob")
        let dropped = [
            Self.command(Self.person[0], to: "x@example.com"), Self.command(bob, to: "ann@example.com"),
            Self.command(bob, to: "Ann <Ann@Example.com>"),
        ]
        let kept = [Self.command(bob, to: "joann@example.com"), Self.command(bob, to: .null)]
        try await following { gate in
            for command in dropped { #expect(await gate.isSuppressed(command)) }
            for command in kept { #expect(await !gate.isSuppressed(command)) }
            let records = (dropped + kept).map { $0.record(at: Self.word.time) }
            let sifted = await gate.sifted(records, to: Topic.commands)
            #expect(sifted.dropped.count == 3)
            #expect(sifted.records == Array(records.suffix(2)))
        }
    }

    @Test(
        "dead letters of the person do not pass",
        arguments: [
            #"{"userId":42}"#, #"{"type":"track","userId":"42"}"#, "id,mail\n1,Ann@example.com\n",
            #"{"userId":"bob","traits":{"email":"ann@example.com"}}"#, "邮箱：ann@example.com。", "é „Ann@example.com“",
            #"{"type":"merge","mergeProperties":[{"type":"user_id","value":"42"}]}"#,
            #"{"mergeProperties":[{"type":"a","value":"b"}],"context":{"externalIds":[{"type":"crm.contact","id":"7"}]}}"#,
            #"{"event":"$snapshot","distinct_id":"42"}"#, #"{"event":"x","properties":{"distinct_id":42}}"#,
            #"{"event":"x","distinct_id":"bob","properties":{"mail":"ann\u0040example.com"}}"#,
            String(decoding: command(person[0], to: "x").encoded, as: UTF8.self),
            String(decoding: change(person[0]).encoded, as: UTF8.self),
        ]
    )
    func deadLetters(payload: String) async throws {
        try await following { gate in
            let others = [
                #"{"userId":"bob"}"#, #"{"distinct_id":"bob"}"#, "[42]", "", "joann@example.com", "éann@example.com",
                #"{"type":"merge","mergeProperties":[{"type":"user_id","value":"bob"}]}"#,
            ]
            let kept = others.map(Self.letter)
            let sifted = await gate.sifted(kept + [Self.letter(payload)], to: Topic.deadLetters)
            #expect(sifted.records == kept)
        }
    }

    @Test("a refused event's user id is in the namespace of its source")
    func deadLetterNamespaces() async throws {
        let users: [(namespace: String?, id: String)] = [
            (nil, "42"), ("crm.contact", "42"), (nil, "7"), ("crm.contact", "7"),
        ]
        let letters = users.map { user in
            DeadLetter(
                service: "ingest",
                code: "c",
                reason: "r",
                origin: "web",
                userNamespace: user.namespace,
                time: Self.word.time,
                payload: #"{"userId":"\#(user.id)"}"#
            ).record(at: Self.word.time)
        }
        try await following { gate in
            let sifted = await gate.sifted(letters, to: Topic.deadLetters)
            #expect(sifted.records == [letters[1], letters[2]])
        }
    }
}

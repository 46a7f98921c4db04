import ConnectorKit
import Events
import Foundation
import Identity
import MessageLog
import Store
import TestKit
import Testing
import Topics

@testable import ConnectorService

@Suite("The connector's store, when somebody is forgotten")
struct ForgettingTests {
    private static let time = Timestamp(microseconds: 1_767_225_600_000_000)
    private static let ann = Identifier("email", "ann@example.com")
    private static let traces = PersonTraces(
        identifiers: [ann, Identifier("user", "ann-4711")],
        profileIDs: ["p_ann"],
        rules: Rules()
    )
    private let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "connector-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    private func command(_ id: String, _ identifier: Identifier) -> Command {
        Command(
            id: id,
            destination: "mail",
            rule: "r",
            identifier: identifier,
            causedBy: "m-\(id)",
            payload: ["to": .string(identifier.value), "text": "Hello"],
            createdAt: Self.time,
            notAfter: Self.time
        )
    }

    private func accept(_ commands: [Command], into store: ConnectorStore) async throws {
        let log = InMemoryLog(producer: "notifier")
        _ = try await log.append(commands.map { $0.record(at: Self.time) }, to: Topic.commands)
        let status = try #require(try await log.partitions(of: Topic.commands).first)
        try await store.accept(commands, publishing: [], in: status, from: 0, to: status.head)
    }

    private var bytes: Data {
        ["", "-wal", "-shm"].reduce(into: Data()) { bytes, ending in
            bytes += FileManager.default.contents(atPath: "\(path)/connector.sqlite\(ending)") ?? Data()
        }
    }

    @Test("deliveries that wait are dropped, those that have ended lose what tells of the person, and no byte is left")
    func forgets() async throws {
        let store = try ConnectorStore(path: "\(path)/connector.sqlite")
        let bob = Identifier("email", "bob@example.com")
        try await accept([command("done", Self.ann), command("waits", Self.ann), command("bob", bob)], into: store)
        for _ in 0..<2 {
            let delivery = try #require(try await store.begin(for: "mail", at: Self.time))
            guard delivery.command.id != "waits" else { continue }
            let detail = "250 2.1.5 <\(delivery.command.identifier.value)> ok"
            let outcome = OutcomeRecords.delivered(delivery, detail: detail, at: Self.time)
            try await store.end(delivery, .delivered(detail: detail), publishing: outcome, at: Self.time)
        }
        #expect(bytes.range(of: Data("ann@example.com".utf8)) != nil)

        try await store.forget([Self.traces])
        let states = try await store.read { db in
            try db.rows("SELECT id, state, detail FROM delivery ORDER BY id").map { row in
                "\(row["id"] as String) \(row["state"] as Int) \(row["detail"] as String? ?? "-")"
            }
        }
        #expect(!states.contains { $0.hasPrefix("waits") })
        #expect(states.contains { $0.hasPrefix("bob") })
        #expect(bytes.range(of: Data("ann@example.com".utf8)) == nil)
        #expect(bytes.range(of: Data("bob@example.com".utf8)) != nil)
        // Once more does no harm.
        try await store.forget([Self.traces])
    }

    @Test("nothing is left of them in any of very many attempts")
    func attempts() async throws {
        let store = try ConnectorStore(path: "\(path)/connector.sqlite")
        try await store.write { db in
            for number in 1...2500 {
                let detail = number == 2500 ? "for ann@example.com" : "250 ok"
                try db.execute(
                    "INSERT INTO attempt (delivery, number, began, detail) VALUES (?, ?, 0, ?)",
                    ["d\(number / 3)", number, detail]
                )
            }
        }
        try await store.forget([Self.traces])
        let left = try await store.read { db in
            try db.value("SELECT count(*) FROM attempt WHERE detail IS NOT NULL", as: Int.self)
        }
        #expect(left == 2499)
        #expect(bytes.range(of: Data("ann@example.com".utf8)) == nil)
    }

    @Test("what was to be published of the person is not")
    func outbox() async throws {
        let store = try ConnectorStore(path: "\(path)/connector.sqlite")
        let log = InMemoryLog(producer: "notifier")
        _ = try await log.append([Record(value: [], timestamp: 0)], to: Topic.commands)
        let status = try #require(try await log.partitions(of: Topic.commands).first)
        let records = ["user:ann-4711", "user:bob"].map { text in
            OutboxRecord(topic: Topic.deadLetters, record: Record(value: Array(text.utf8), timestamp: 0))
        }
        try await store.accept([], publishing: records, in: status, from: 0, to: 1)
        try await store.forget([Self.traces])
        let left = try await store.outbox(limit: 10, bytes: 1 << 20).first?.records.map {
            String(decoding: $0.value, as: UTF8.self)
        }
        #expect(left == ["user:bob"])
        #expect(bytes.range(of: Data("ann-4711".utf8)) == nil)
    }

    @Test("a delivery under way that is dropped ends without a trace")
    func underWay() async throws {
        let store = try ConnectorStore(path: "\(path)/connector.sqlite")
        try await accept([command("1", Self.ann)], into: store)
        let delivery = try #require(try await store.begin(for: "mail", at: Self.time))
        try await store.forget([Self.traces])
        let outcome = OutcomeRecords.failed(delivery, code: "rejected", reason: "no", at: Self.time)
        try await store.end(delivery, .failed(reason: "no"), publishing: outcome, at: Self.time)
        #expect(try await store.deliveryCounts().isEmpty)
        #expect(try await store.outbox(limit: 10, bytes: 1 << 20).isEmpty)
    }

    @Test("nothing is remembered of records by whose key they can be told")
    func records() async throws {
        let store = try ConnectorStore(path: "\(path)/connector.sqlite")
        let notes = ["ann@example.com", "bob@example.com"].map { address in
            RecordNote(
                stream: "people",
                key: #"{"email":"\#(address)"}"#,
                record: RememberedRecord(version: 1, digest: "d")
            )
        }
        let effects = Effects.SourceEffect(
            name: "tap",
            state: nil,
            records: 0,
            rejected: 0,
            request: nil,
            time: Self.time,
            notes: notes
        )
        try await store.apply(Effects(source: effects))
        #expect(bytes.range(of: Data("ann@example.com".utf8)) != nil)
        try await store.forget([Self.traces])
        #expect(bytes.range(of: Data("ann@example.com".utf8)) == nil)
        #expect(try await store.memory(of: "tap").records(notes.map(\.key), in: "people").count == 1)
    }

    @Test("what a run says of where it stands, and of records, is not kept if it began before")
    func runUnderWay() async throws {
        let store = try ConnectorStore(path: "\(path)/connector.sqlite")
        func apply(_ state: String, since forgettings: Int) async throws {
            let effects = Effects.SourceEffect(
                name: "crm",
                state: state,
                records: 1,
                rejected: 0,
                request: nil,
                time: Self.time,
                notes: [RecordNote(stream: "p", key: state, record: RememberedRecord(version: 1, digest: "d"))],
                forgettings: forgettings
            )
            try await store.note(Effects(source: effects), topic: Topic.events, sequence: 1)
            try await store.apply(Effects(source: effects))
        }
        let before = store.forgettings.number
        try await apply(#"{"page":"bob"}"#, since: before)
        try await store.forget([Self.traces])
        try await apply(#"{"page":"ann-4711"}"#, since: before)
        #expect(try await store.state(of: "crm") == ["page": "bob"])
        #expect(try await store.counts(of: "crm")?.records == 2)
        #expect(bytes.range(of: Data("ann-4711".utf8)) == nil)
        try await apply(#"{"page":"carl"}"#, since: store.forgettings.number)
        #expect(try await store.state(of: "crm") == ["page": "carl"])
    }

    @Test("where a source stands, what a file was called and who called are no longer known if they tell of the person")
    func places() async throws {
        let store = try ConnectorStore(path: "\(path)/connector.sqlite")
        let state = #"{"a":{"page":"ann-4711","since":5},"b":{"each":{"ann@example.com":{"since":1},"bob":{}}}}"#
        let rest: JSONValue = ["a": ["since": 5], "b": ["each": ["bob": [:]]]]
        let bobs: JSONValue = ["page": "bob"]
        try await store.write { db in
            for (name, state) in [("crm", state), ("list", #"["ann@example.com"]"#), ("bob", #"{"page":"bob"}"#)] {
                try db.execute("INSERT INTO source (name, state, records) VALUES (?, ?, 3)", [name, state])
            }
            for (id, name) in [("1", "ann@example.com.csv"), ("2", "bob.csv")] {
                let entry = #"{"path":"/tmp/\#(name)"}"#
                try db.execute(
                    "INSERT INTO import (id, entry, state, created) VALUES (?, ?, 'done', 0)",
                    [id, entry]
                )
            }
            for id in ["Ann@example.com 1", "evt_1", "letter 1", "request 1"] {
                try db.execute("INSERT INTO received (source, id, time) VALUES ('hook', ?, 0)", [id])
            }
        }
        try await store.forget([Self.traces])
        #expect(try await store.state(of: "crm") == rest)
        #expect(try await store.state(of: "list") == nil)
        #expect(try await store.counts(of: "list")?.records == 3)
        #expect(try await store.state(of: "bob") == bobs)
        let left = try await store.read { db in
            try db.rows("SELECT id FROM import UNION ALL SELECT id FROM received ORDER BY id").map {
                $0["id"] as String
            }
        }
        #expect(left == ["2", "letter 1", "request 1"])
        for mark in ["ann@example.com", "Ann@example.com", "ann-4711"] {
            #expect(bytes.range(of: Data(mark.utf8)) == nil)
        }
    }
}

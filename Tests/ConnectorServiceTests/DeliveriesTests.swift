import Events
import Foundation
import MessageLog
import Store
import TestKit
import Testing
import Topics

@testable import ConnectorService

@Suite("The deliveries that a store keeps")
struct DeliveriesTests {
    private let time = Timestamp(microseconds: 1_767_225_600_000_000)

    /// A store with commands of these ids, each for Ann unless it begins with another name.
    private func withStore(of ids: [String], _ body: (ConnectorStore) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "deliveries-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let store = try ConnectorStore(path: "\(directory.path)/store.sqlite")
        try await accept(ids, into: store)
        try await body(store)
    }

    /// Takes commands in, from a log of their own: a store goes on behind what it has read of another.
    private func accept(_ ids: [String], into store: ConnectorStore, producer: String = "notifier") async throws {
        let log = InMemoryLog(producer: producer)
        _ = try await log.append(ids.map { command($0).record(at: time) }, to: Topic.commands)
        let status = try #require(try await log.partitions(of: Topic.commands).first)
        try await store.accept(ids.map(command), publishing: [], in: status, from: 0, to: status.head)
    }

    private func command(_ id: String) -> Command {
        Command(
            id: id,
            destination: "crm",
            rule: "r",
            identifier: Identifier("email", id.hasPrefix("bob") ? "bob@example.com" : "ann@example.com"),
            causedBy: "m-\(id)",
            payload: [:],
            createdAt: time,
            notAfter: time
        )
    }

    private func begin(in store: ConnectorStore, at time: Timestamp? = nil) async throws -> Delivery? {
        try await store.begin(for: "crm", at: time ?? self.time)
    }

    private func end(_ delivery: Delivery, in store: ConnectorStore, _ end: DeliveryEnd) async throws {
        try await store.end(delivery, end, publishing: [], at: time)
    }

    @Test("are made one after the other for each person, also while the older one waits for its next attempt")
    func takesTurns() async throws {
        try await withStore(of: ["1", "2", "bob"]) { store in
            let first = try #require(try await begin(in: store))
            let bob = try #require(try await begin(in: store))
            #expect([first.command.id, bob.command.id] == ["1", "bob"])
            #expect(try await begin(in: store) == nil)
            let later = Timestamp(microseconds: time.microseconds + 3_600_000_000)
            try await end(first, in: store, .again(at: later, reason: "429"))
            try await end(bob, in: store, .delivered(detail: "200"))
            #expect(try await begin(in: store) == nil)
            #expect(try await store.nextDue(for: "crm") == later)
            let again = try #require(try await begin(in: store, at: later))
            #expect(again == Delivery(command: command("1"), attempt: 2))
            try await end(again, in: store, .delivered(detail: "200"))
            #expect(try await begin(in: store)?.command.id == "2")
        }
    }

    @Test("have had no attempt more when nobody was asked")
    func takesBack() async throws {
        try await withStore(of: ["1", "2"]) { store in
            let later = Timestamp(microseconds: time.microseconds + 30_000_000)
            for _ in 0..<3 {
                let delivery = try #require(try await begin(in: store, at: later))
                #expect(delivery == Delivery(command: command("1"), attempt: 1))
                try await store.takeBack(delivery, until: later, reason: "Later.")
                #expect(try await begin(in: store) == nil)
            }
            let last = try #require(try await begin(in: store, at: later))
            try await end(last, in: store, .delivered(detail: "200"))
            #expect(try await begin(in: store)?.command.id == "2")
        }
    }

    @Test("are not taken back once they are forgotten")
    func staysDropped() async throws {
        try await withStore(of: ["1"]) { store in
            let delivery = try #require(try await begin(in: store))
            try await store.drop("1")
            try await store.takeBack(delivery, until: time, reason: "Later.")
            #expect(try await begin(in: store) == nil)
        }
    }

    @Test("are all counted as waiting, also those whose turn it is not")
    func countsWaiting() async throws {
        try await withStore(of: ["1", "2", "3", "bob"]) { store in
            let first = try #require(try await begin(in: store))
            _ = try await begin(in: store)
            #expect(try await begin(in: store) == nil)
            #expect(try await store.pending(for: "crm") == 4)
            #expect(try await store.deliveryCounts()["crm"] == DeliveryCounts(pending: 4))
            #expect(try await store.dueDestinations(among: ["crm", "mail"], at: time) == [])
            try await end(first, in: store, .delivered(detail: "200"))
            #expect(try await store.pending(for: "crm") == 3)
            #expect(try await store.dueDestinations(among: ["crm", "mail"], at: time) == ["crm"])
        }
    }

    @Test("tell why they are tried again, until they have ended")
    func tellsProblems() async throws {
        try await withStore(of: ["1", "bob"]) { store in
            let first = try #require(try await begin(in: store))
            #expect(try await store.deliveryProblems(of: ["crm", "mail"]).isEmpty)
            let later = Timestamp(microseconds: time.microseconds + 3_600_000_000)
            try await end(first, in: store, .again(at: later, reason: "Connection refused"))
            #expect(try await store.deliveryProblems(of: ["crm", "mail"]) == ["crm": "Connection refused"])
            let bob = try #require(try await begin(in: store))
            try await end(bob, in: store, .delivered(detail: "200"))
            // Also while the next attempt is under way.
            let again = try #require(try await begin(in: store, at: later))
            #expect(try await store.deliveryProblems(of: ["crm"]) == ["crm": "Connection refused"])
            try await end(again, in: store, .delivered(detail: "200"))
            #expect(try await store.deliveryProblems(of: ["crm"]).isEmpty)
        }
    }

    @Test("hold up no other once they are given up or dropped; what is replayed comes last")
    func releasesTurns() async throws {
        try await withStore(of: ["1", "2", "3", "4"]) { store in
            let first = try #require(try await begin(in: store))
            try await end(first, in: store, .failed(reason: "410"))
            try await accept(["1"], into: store, producer: "replay")
            try await store.drop("2")
            for id in ["3", "4", "1"] {
                let next = try #require(try await begin(in: store))
                #expect(next.command.id == id)
                #expect(try await begin(in: store) == nil)
                try await end(next, in: store, .delivered(detail: "200"))
            }
            let left = try await store.read { db in
                try db.value("SELECT count(*) FROM delivery WHERE person IS NOT NULL", as: Int.self)
            }
            #expect(left == 0)
        }
    }

    @Test("go on in turn after a start, whatever an older version has ended meanwhile")
    func resumesTurns() async throws {
        try await withStore(of: ["1", "2", "3"]) { store in
            let first = try #require(try await begin(in: store))
            try await store.resumeDeliveries(for: "crm")
            #expect(try await begin(in: store) == Delivery(command: first.command, attempt: 2))
            #expect(try await begin(in: store) == nil)
            try await store.write { db in try db.execute("UPDATE delivery SET state = 2, ended = 0 WHERE id = '1'") }
            #expect(try await begin(in: store) == nil)
            try await store.resumeDeliveries(for: "crm")
            #expect(try await begin(in: store)?.command.id == "2")
            #expect(try await begin(in: store) == nil)
        }
    }

    @Test("stay under way after a start when they must not be made twice, and hold up only those behind them")
    func keepsCutOff() async throws {
        try await withStore(of: ["1", "2", "bob"]) { store in
            let first = try #require(try await begin(in: store))
            _ = try #require(try await begin(in: store))
            let cutOff = try await store.resumeDeliveries(for: "crm") { $0.id != "1" }
            #expect(cutOff == [first])
            #expect(try await begin(in: store) == Delivery(command: command("bob"), attempt: 2))
            #expect(try await begin(in: store) == nil)
            try await end(first, in: store, .failed(reason: "It may have been done."))
            #expect(try await begin(in: store)?.command.id == "2")
        }
    }

    @Test("are forgotten a month after they have ended, some at a time")
    func forgetsOld() async throws {
        try await withStore(of: ["1", "2", "3", "4"]) { store in
            for _ in 1...3 {
                let delivery = try #require(try await store.begin(for: "crm", at: time))
                try await store.end(delivery, .delivered(detail: "200"), publishing: [], at: time)
            }
            let later = Timestamp(microseconds: time.microseconds + 1)
            #expect(try await !store.forgetDeliveries(before: time, limit: 2))
            #expect(try await store.forgetDeliveries(before: later, limit: 2))
            #expect(try await store.deliveryCounts()["crm"] == DeliveryCounts(pending: 1, delivered: 1))
            #expect(try await !store.forgetDeliveries(before: later, limit: 2))
            #expect(try await store.deliveryCounts()["crm"] == DeliveryCounts(pending: 1))
            let attempts = try await store.read { db in try db.value("SELECT count(*) FROM attempt", as: Int.self) }
            #expect(attempts == 0)
        }
    }

    @Test("keep of what a server says what every store takes, and not more than a person reads")
    func keepsStorable() async throws {
        try await withStore(of: ["1"]) { store in
            let reason = "500: a\0b" + String(repeating: "x", count: 3000)
            let delivery = try #require(try await store.begin(for: "crm", at: time))
            try await store.end(delivery, .again(at: time, reason: reason), publishing: [], at: time)
            try await store.tell(["s": SourceStatus(state: .failing, error: reason)])
            try await store.add(ImportRow(id: "i", entry: [:], state: .running, error: nil), at: time)
            try await store.endImport("i", .failed, error: reason, at: time)
            let kept = try await store.read { db in
                try [
                    "SELECT detail FROM delivery", "SELECT detail FROM attempt", "SELECT error FROM source_status",
                    "SELECT error FROM import",
                ]
                .map { try db.value($0, as: String.self) ?? "" }
            }
            #expect(kept.allSatisfy { $0.hasPrefix("500: a\u{FFFD}bx") && $0.count == 2000 })
        }
    }
}

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

@testable import ProfileService

@Suite("A store from before people were forgotten", .onBothEngines)
struct LateForgettingTests {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// A store that stands still where events have brought it, and one that goes on with the same log and the same key.
    private struct TwoStores {
        let older: RebuildWorld
        let present: PipelineWorld

        init(_ events: [TestEvent]) async throws {
            let log = InMemoryLog(producer: "profile")
            older = try RebuildWorld(log: log)
            present = try PipelineWorld(log: log)
            let keys = [present.folder, older.folder].map { $0 + "/suppression.key" }
            try FileManager.default.removeItem(atPath: keys[1])
            try FileManager.default.copyItem(atPath: keys[0], toPath: keys[1])
            try older.restart()
            try await present.send(events)
            try await present.settle()
            try await older.settle()
        }

        /// Has a person forgotten, and nothing but hashes left of them on the log.
        func erase(_ name: String) async throws -> (suppression: Suppression, forgotten: Forgotten) {
            let said = try await present.forget(try #require(try present.graph()[name]).id)
            var book = ControlBook()
            for record in try await present.control() { book.apply(record) }
            let eraser = RecordEraser(Array(book.erasures.values), rules: Rules(), key: present.key)
            _ = try await present.log.shared(with: "ingest").rewrite(Topic.events) { stored in
                eraser.replacement(of: stored)?.record
            }
            _ = try await present.log.rewrite(Topic.control) { eraser.replacement(of: $0)?.record }
            try await ErasureKeeper.strip([said.suppression.id], from: present.log, LateForgettingTests.logger)
            return said
        }

        /// Starts on the older store as a process does.
        func start(with log: InMemoryLog? = nil) async throws {
            try await forgetting(with: log).run(on: try older.places.open(orNewBy: Rules()).live)
            try older.restart()
        }

        func isDue() async throws -> Bool {
            try await forgetting().isDue(in: older.process.inUse.view.reader)
        }

        private func forgetting(with log: InMemoryLog? = nil) async throws -> LateForgetting {
            try await LateForgetting(
                log: log ?? older.log,
                key: present.key,
                // As if the rebuild were asked for before they were forgotten.
                now: { Timestamp(microseconds: RebuildWorld.now.microseconds - 1) },
                patience: .milliseconds(100),
                logger: LateForgettingTests.logger
            )
        }
    }

    @Test(
        "has nobody of them before anybody asks, and then becomes what is left of the log",
        arguments: Seeds.from(200, count: 40)
    )
    func older(seed: UInt64) async throws {
        var random = Xorshift(seed)
        let events = PipelineIdentityTests.events(&random)
        let stores = try await TwoStores(events)
        let people = try stores.present.graph().profiles.filter { !$0.isShared }
        let victim = try #require(people.randomElement(using: &random))
        let (suppression, forgotten) = try await stores.erase(victim.members[0])
        try await stores.start()
        let names = Set(suppression.identifiers.map(\.description))
        #expect(try stores.older.graph().profiles.allSatisfy { names.isDisjoint(with: $0.members) })
        try await stores.older.settle()
        #expect(try stores.older.graph().profiles.allSatisfy { names.isDisjoint(with: $0.members) })
        #expect(try await stores.older.run().state == .done)
        let expected = try PipelineWorld()
        try await expected.send(rest: events, without: suppression, forgotten, by: stores.present.key)
        try await expected.settle()
        let (found, missing) = try stores.older.graph().differences(from: expected.graph())
        #expect(found == [])
        #expect(missing == [])
        #expect(try await !stores.isDue())
    }

    @Test("has their addresses in nobody's traits, although it has never seen them themselves")
    func mentioned() async throws {
        let stores = try await TwoStores([
            TestEvent("m1", at: 1, #"{"userId":"bob","traits":{"spouse":"zoe@x.example"}}"#),
            TestEvent("m2", at: 2, #"{"userId":"bob","traits":{"plan":"b"}}"#),
        ])
        try await stores.present.send(.mail("m3", at: 3, user: "zoe", address: "zoe@x.example"))
        try await stores.present.consumer.drain()
        _ = try await stores.erase("user:zoe")
        #expect(try await stores.isDue())
        try await stores.start()
        #expect(try stores.older.graph()["user:bob"]?.traits == #"{"plan":"b"}"#)
        #expect(try stores.older.graph()["user:bob"]?.events == 2)
        try await stores.older.settle()
        #expect(try stores.older.graph() == stores.present.graph())
    }

    @Test("takes in again who came back once that was lifted, and does not lose them again")
    func cameBack() async throws {
        let stores = try await TwoStores([.mail("m1", at: 1, user: "ann", address: "ann@x.example")])
        let (suppression, _) = try await stores.erase("user:ann")
        let word = Word(author: "eve", reason: "back", time: Timestamp(microseconds: TestEvent.microseconds(10)))
        try await stores.present.decide(.withdrawal(Withdrawal(id: suppression.id, word: word)))
        try await stores.present.send(TestEvent("m2", at: 11, #"{"userId":"ann"}"#))
        try await stores.start()
        #expect(try stores.older.graph().profiles == [])
        try await stores.older.settle()
        #expect(try stores.older.graph().profiles.map(\.members) == [["user:ann"]])
        #expect(try await stores.older.run().state == .done)
        for _ in 0..<2 {
            #expect(try await !stores.isDue())
            try await stores.start()
            try await stores.older.settle()
            #expect(try stores.older.graph()["user:ann"]?.events == 1)
        }
        #expect(stores.older.process.desk.status.state == .done)
    }

    @Test("is made anew although the process ends before that, by the rules that it goes by")
    func endsBefore() async throws {
        let stores = try await TwoStores([
            .mail("m1", at: 1, user: "ann", address: "ann@x.example"), TestEvent("m2", at: 2, #"{"userId":"bob"}"#),
        ])
        _ = try await stores.erase("user:ann")
        try await stores.start()
        // Nothing more is to be taken out of it by the next one.
        #expect(try await !stores.isDue())
        try await stores.start()
        #expect(stores.older.process.desk.status.state == .running)
        try await stores.older.settle()
        #expect(try await stores.older.run().state == .done)
        #expect(stores.older.process.inUse.view.rules.rules == Rules())
        #expect(try stores.older.graph().profiles.map(\.members) == [["user:bob"]])
    }

    @Test("has nothing of them, and all of others, where the log has their events no more")
    func afterRetention() async throws {
        let stores = try await TwoStores([
            .mail("m1", at: 1, user: "ann", address: "ann@x.example"), TestEvent("m2", at: 2, #"{"userId":"bob"}"#),
        ])
        try await stores.present.log.applyRetention(
            Retention(bytes: 0),
            to: Topic.events,
            now: TestEvent.microseconds(9)
        )
        _ = try await stores.erase("user:ann")
        try await stores.start()
        try await stores.older.settle()
        #expect(try stores.older.graph().profiles.map(\.members) == [["user:bob"]])
        #expect(try stores.older.graph()["user:bob"]?.events == 1)
        #expect(stores.older.process.desk.status.state == .none)
        #expect(try await !stores.isDue())
    }

    @Test("has all of those whom only what was decided of the people keeps apart from them")
    func keptApart() async throws {
        let names = #"{"externalIds":[{"type":"crm.contact","id":"ann"}]}"#
        let stores = try await TwoStores([
            .mail("m1", at: 1, user: "bob", address: "fam@x.example"),
            TestEvent("m2", at: 2, .identify, #"{"context":\#(names),"traits":{"email":"fam@x.example"}}"#),
        ])
        let (ann, bob) = (Identifier("crm.contact", "ann"), Identifier("user", "bob"))
        let word = Word(author: "eve", reason: "so", time: Timestamp(microseconds: 1))
        try await stores.present.decide(
            .decision(IdentityDecision(id: "d", verdict: .apart, left: ann, right: bob, word: word))
        )
        try await stores.present.consumer.drain()
        try await stores.older.process.consumer.drain()
        let before = try #require(try stores.older.graph()["user:bob"])
        // What is taken out with them is not read from the log again.
        try await stores.present.log.applyRetention(
            Retention(bytes: 0),
            to: Topic.events,
            now: TestEvent.microseconds(9)
        )
        _ = try await stores.erase("crm.contact:ann")
        try await stores.start()
        #expect(try stores.older.graph().profiles.map(\.members) == [before.members])
        #expect(try stores.older.graph()["user:bob"]?.events == 1)
        let count = try await stores.older.process.inUse.view.reader.read { db in
            try db.all("SELECT count(*) FROM decision") { $0[0] as Int64 }
        }
        #expect(count == [0])
    }

    @Test("stays as it is beside a log that does not show what it was made from")
    func otherLog() async throws {
        let stores = try await TwoStores([.mail("m1", at: 1, user: "ann", address: "ann@x.example")])
        _ = try await stores.erase("user:ann")
        let other = InMemoryLog(producer: "profile")
        let control = try await stores.present.records(of: Topic.control)
        _ = try await other.append(control, to: Topic.control, sequence: nil)
        await #expect(throws: PipelineError.lostPartition("events/ingest")) { try await stores.start(with: other) }
        try stores.older.restart()
        #expect(try stores.older.graph()["user:ann"]?.events == 1)
        #expect(try await stores.isDue())
    }

    @Test("is one only if it is older: what is new, or was rebuilt since, has everybody who may be there")
    func notOlder() async throws {
        let stores = try await TwoStores([.mail("m1", at: 1, user: "ann", address: "ann@x.example")])
        _ = try await stores.erase("user:ann")
        let fresh = try RebuildWorld(log: stores.present.log)
        let forgetting = try await LateForgetting(log: fresh.log, key: stores.present.key, logger: Self.logger)
        try await forgetting.run(on: try fresh.places.open(orNewBy: Rules()).live)
        try fresh.restart()
        #expect(fresh.process.desk.status.state == .none)
        #expect(try await !forgetting.isDue(in: fresh.process.inUse.view.reader))
        // A version before noted only of which rebuild a store is.
        try await stores.start()
        try await stores.older.settle()
        #expect(try await stores.older.run().state == .done)
        try await stores.older.process.inUse.view.reader.write { db in
            try db.execute("DELETE FROM forgotten")
            try Meta.remove(Meta.precedent, in: db)
        }
        #expect(try await !stores.isDue())
    }

    @Test("is one also where the clock was ahead when it was rebuilt")
    func clockAhead() async throws {
        let stores = try await TwoStores([.mail("m1", at: 1, user: "ann", address: "ann@x.example")])
        try await stores.older.rebuild(by: Rules())
        // At the same moment, by the clock of these worlds.
        _ = try await stores.erase("user:ann")
        #expect(try await stores.isDue())
    }
}

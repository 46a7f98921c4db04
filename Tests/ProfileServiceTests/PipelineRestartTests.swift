import Events
import Foundation
import Identity
import MessageLog
import Store
import TestKit
import Testing
import Topics

import struct MessageLog.Record

@testable import ProfileService

@Suite("The pipeline after the process died")
struct PipelineRestartTests {
    let events = (0..<30).map { TestEvent("m\($0)", at: Int64($0), #"{"userId":"u\#($0 % 5)"}"#) }

    @Test("what was committed and not told is told once by the next process")
    func untold() async throws {
        let world = try PipelineWorld()
        try await world.send(events)
        try await world.settle()
        let told = try await world.changes()
        // The outbox as it is between the commit and the append, and between the append and its removal.
        let records = [Record(key: [1], value: told[0].encoded, timestamp: 5)]
        try await world.store.write { db in
            for last in [0, 50] as [UInt64] {
                var outbox = Outbox(after: last)
                _ = try outbox.add(records, to: Topic.changes, in: db)
            }
        }
        try world.restart()
        try await world.settle()
        #expect(try await world.changes().count == told.count + 1)
        #expect(try world.count("SELECT count(*) FROM outbox") == 0)
    }

    @Test("the number of somebody who was forgotten is nobody else's, whom events name by it that the log has no more")
    func numbers() async throws {
        var rules = Rules()
        rules.degreeLimit = 2
        let world = try PipelineWorld(rules: rules)
        let customer = #""context":{"externalIds":[{"id":"c","type":"shop.customer"}]}"#
        // The customer is the one's who came first.
        try await world.send(
            TestEvent("m1", at: 5, #"{"userId":"ann",\#(customer)}"#),
            TestEvent("m2", at: 1, #"{"userId":"zed",\#(customer)}"#)
        )
        try await world.settle()
        let moment = TestEvent.microseconds(9)
        try await world.log.applyRetention(Retention(bytes: 0), to: Topic.events, now: moment)
        try await world.send(TestEvent("m3", at: 6, #"{"userId":"ann"}"#))
        try await world.consumer.drain()
        _ = try await world.forget(try #require(try world.graph()["user:zed"]).id)
        #expect(try world.graph().profiles.map(\.members) == [["user:ann"]])
        try world.restart()
        try await world.send(
            [TestEvent("m4", at: 7, #"{"anonymousId":"k"}"#)]
                + (1...3).map { TestEvent.login("l\($0)", at: 8, user: "ann", device: "d\($0)") }
        )
        try await world.settle()
        #expect(try world.graph()["user:ann"]?.isShared == true)
        #expect(try world.graph()["user:ann"]?.events == 2)
        #expect(try world.graph()["anonymous:k"]?.events == 1)
    }

    @Test("a store made anew does not take the log's old sequences for its own")
    func newStore() async throws {
        let world = try PipelineWorld()
        try await world.send(events)
        try await world.settle()
        let told = try await world.changes().count
        let anew = try PipelineWorld(log: world.log)
        try await anew.settle()
        #expect(try await anew.changes().count == 2 * told)
        #expect(try anew.graph() == world.graph())
    }

    @Test("every batch is taken in once, however often the process is replaced")
    func replaced() async throws {
        let world = try PipelineWorld()
        for event in events {
            try await world.send(event)
            try world.restart(batch: 1)
            try await world.settle()
        }
        let whole = try PipelineWorld()
        try await whole.send(events)
        try await whole.settle()
        #expect(try world.graph() == whole.graph())
    }

    @Test("a store that is ahead of its log is refused")
    func ahead() async throws {
        let world = try PipelineWorld()
        try await world.send(events)
        try await world.settle()
        try await world.store.write { try $0.execute("UPDATE consumer SET \"offset\" = 31") }
        try world.restart()
        await #expect(throws: PipelineError.aheadOfLog(partition: "events/ingest", offset: 31, head: 30)) {
            try await world.settle()
        }
    }

    @Test("a store that was made from another log is refused")
    func otherLog() async throws {
        let world = try PipelineWorld()
        try await world.send(events)
        try await world.settle()
        let epoch = String(repeating: "0", count: 32)
        try await world.store.write { try $0.execute("UPDATE consumer SET epoch = ?", [epoch]) }
        try world.restart()
        await #expect(throws: PipelineError.self) { try await world.settle() }
    }

    @Test("a consumer that was overtaken changes nothing")
    func fenced() async throws {
        let world = try PipelineWorld()
        try await world.send(events)
        try await world.consumer.start()
        let sleeper = world.consumer
        try world.restart()
        try await world.settle()
        let graph = try world.graph()
        await #expect(throws: (any Error).self) { try await sleeper.drain() }
        #expect(try world.graph() == graph)
    }

    @Test("a commit survives a power cut, and the file is in the form for it")
    func durable() throws {
        let world = try PipelineWorld()
        let settings = try world.store.write { db in
            (try db.value("PRAGMA synchronous", as: Int.self), try db.value("PRAGMA journal_mode", as: String.self))
        }
        #expect(settings.0 == 2)
        #expect(settings.1 == "wal")
    }
}

@Suite("A record that ends the process")
struct PipelineQuarantineTests {
    private let path = FileManager.default.temporaryDirectory.appendingPathComponent("mark-\(UUID())").path

    /// What the next process finds when this one is ended by a trap.
    private func trap(_ place: InFlightMark.Place, decoding: Offset? = nil) throws -> Quarantine {
        let mark = try InFlightMark(path: path)
        mark.begin(place)
        mark.decoding = decoding
        let file = try #require(FileHandle(forWritingAtPath: path))
        try file.write(contentsOf: Data([1]))
        try file.close()
        return Quarantine(after: try InFlightMark(path: path))
    }

    @Test("a record that is known is condemned after three traps, and ends its batch")
    func known() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let place = InFlightMark.Place(partition: "ingest", offset: 100, count: 50)
        for _ in 1...2 { #expect(try trap(place, decoding: 120) == Quarantine()) }
        let quarantine = try trap(place, decoding: 120)
        #expect(quarantine.condemned(of: "ingest") == Quarantine.Condemned(offset: 120, failure: .trap))
        #expect(quarantine.condemned(of: "other") == nil)
        #expect(quarantine.limit(of: "ingest", from: 100, otherwise: 8192) == 21)
        #expect(quarantine.limit(of: "ingest", from: 121, otherwise: 8192) == 8192)
    }

    @Test("a batch that ends the process is halved, down to one record")
    func halved() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        var count = 8
        for _ in 1...2 { _ = try trap(InFlightMark.Place(partition: "ingest", offset: 100, count: count)) }
        while count > 1 {
            let quarantine = try trap(InFlightMark.Place(partition: "ingest", offset: 100, count: count))
            count /= 2
            #expect(quarantine.limit(of: "ingest", from: 100, otherwise: 8192) == count)
            #expect(quarantine.limit(of: "ingest", from: 100 + UInt64(count), otherwise: 8192) == count)
        }
        let quarantine = try trap(InFlightMark.Place(partition: "ingest", offset: 100, count: 1))
        #expect(quarantine.condemned(of: "ingest")?.offset == 100)
    }

    @Test("a process that was killed, or that was at nothing, suspects nothing")
    func innocent() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let mark = try InFlightMark(path: path)
        mark.begin(InFlightMark.Place(partition: "ingest", offset: 1, count: 1))
        for _ in 1...5 { #expect(Quarantine(after: mark) == Quarantine()) }
        mark.end()
        mark.traps = 7
        let file = try #require(FileHandle(forWritingAtPath: path))
        try file.write(contentsOf: Data([1]))
        #expect(Quarantine(after: mark) == Quarantine())
        #expect(mark.traps == 0)
    }

    @Test("the condemned record goes to the dead letters unread, and the rest is taken in")
    func condemned() async throws {
        let world = try PipelineWorld()
        try await world.send((0..<10).map { TestEvent("m\($0)", at: Int64($0), #"{"userId":"u"}"#) })
        let mark = try InFlightMark(path: world.folder + "/profile.inflight")
        mark.begin(InFlightMark.Place(partition: "ingest", offset: 0, count: 10))
        mark.decoding = 4
        mark.traps = 2
        let file = try #require(FileHandle(forWritingAtPath: world.folder + "/profile.inflight"))
        try file.write(contentsOf: Data([1]))
        try await world.settle()
        #expect(try await world.deadLetters().map(\.code) == ["poison"])
        #expect(try world.graph()["user:u"]?.events == 9)
        #expect(mark.traps == 0)
    }
}

import Events
import Foundation
import Identity
import Logging
import MessageLog
import Store
import Synchronization
import TestKit
import Testing
import Topics

@testable import ProfileService

@Suite("A rebuild that does not come to its end")
struct InterruptedRebuildTests {
    private let events = (0..<900).map { place in
        TestEvent("m\(place)", at: Int64(place), #"{"userId":"u\#(place % 90)","traits":{"plan":\#(place)}}"#)
    }

    /// A store of the events, and beside it one that is being rebuilt and has taken in some of them.
    private func interrupted(
        secret: [UInt8] = RebuildWorld.secret,
        acceptsLoss: Bool = false,
        of others: [TestEvent]? = nil
    ) async throws -> RebuildWorld {
        let world = try RebuildWorld()
        try await world.send(others ?? events)
        try await world.settle()
        let request = try await wanted(in: world, acceptsLoss: acceptsLoss)
        let store = try Construction.lay(request, at: 2, in: world.places, secret: secret)
        let construction = try construction(request, in: store, of: world)
        try await construction.intake.start(patience: .zero)
        try construction.intake.open(after: 0)
        for status in try await world.log.partitions(of: Topic.events) {
            _ = try await construction.intake.takeBatch(of: status, below: 300)
        }
        return world
    }

    private func wanted(in world: RebuildWorld, acceptsLoss: Bool = false) async throws -> RebuildRequest {
        let request = RebuildRequest(
            rules: .others,
            isDryRun: false,
            startedAt: Timestamp(microseconds: 1),
            acceptsLoss: acceptsLoss
        )
        _ = try await world.process.desk.begin(request)
        return request
    }

    private func construction(
        _ request: RebuildRequest,
        in store: any BatchStore,
        of world: RebuildWorld,
        inEffect: BookInEffect = BookInEffect()
    ) throws -> Construction {
        let path = world.folder + "/mark"
        return try Construction(
            request,
            in: store,
            number: 2,
            log: world.log,
            settings: PipelineSettings(rules: Rules(), hash: KeyedHash(secret: RebuildWorld.secret), markPath: path),
            mark: try InFlightMark(path: path),
            poison: [],
            inEffect: inEffect,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    @Test("remembers what changes from when it is compared on, and not all that there is before")
    func touched() async throws {
        let world = try await interrupted()
        let store = try world.places.open(2, for: .construction)
        let request = try #require(try Construction.request(of: store, secret: RebuildWorld.secret))
        let construction = try construction(request, in: store, of: world)
        try await construction.intake.start(patience: .zero)
        try construction.intake.open(after: 0)
        let status = try #require(try await world.log.partitions(of: Topic.events).first)
        let before = try #require(try await construction.takeBatch(of: status, below: 600))
        try construction.note(before)
        #expect(construction.touched.isEmpty)
        try construction.beginComparing(with: world.places.open(1, for: .service))
        let after = try #require(try await construction.takeBatch(of: status, below: 900))
        try construction.note(after)
        #expect(construction.touched.count == 90)
    }

    @Test("ends as soon as somebody is forgotten, who may be in what is made: it is begun anew")
    func overtaken() async throws {
        let world = try await interrupted()
        let store = try world.places.open(2, for: .construction)
        let request = try #require(try Construction.request(of: store, secret: RebuildWorld.secret))
        let inEffect = BookInEffect()
        let construction = try construction(request, in: store, of: world, inEffect: inEffect)
        try await construction.intake.start(patience: .zero)
        try construction.intake.open(after: 0)
        let status = try #require(try await world.log.partitions(of: Topic.events).first)
        let first = try #require(try await construction.takeBatch(of: status, below: 600))
        try construction.note(first)
        var book = ControlBook()
        let word = Word(author: "eve", reason: "asked", time: Timestamp(microseconds: 1))
        book.apply(.suppression(Suppression(id: "s", hashes: [], identifiers: [], profileIDs: [], word: word)))
        inEffect.note(book)
        let second = try #require(try await construction.takeBatch(of: status, below: 700))
        try construction.note(second)
        book.apply(.forgotten(Forgotten(suppression: "s", events: 0, messages: [], time: word.time)))
        inEffect.note(book)
        let third = try #require(try await construction.takeBatch(of: status, below: 800))
        #expect(throws: RebuildError.overtaken) { try construction.note(third) }
        #expect(throws: RebuildError.overtaken) { try construction.compare([], with: store) }
    }

    @Test("is gone on with by the next process")
    func resumed() async throws {
        let world = try await interrupted()
        let graph = try world.graph()
        try world.restart()
        try await world.settle()
        #expect(try world.graph() == graph)
        try await expectDone(in: world)
    }

    @Test("since its process is to stop while the log is away, is gone on with by the next one")
    func stoppedWithoutLog() async throws {
        let world = try await interrupted()
        try world.restart(rebuildingFrom: AwayLog(world.log))
        try await world.settle()
        let rebuilder = world.process.rebuilder
        let stopped = Task { try await rebuilder.run() }
        stopped.cancel()
        try await stopped.value
        #expect(world.process.desk.status.state == .running)
        #expect(try world.places.numbers() == [1, 2])
        try world.restart()
        try await world.settle()
        try await expectDone(in: world)
    }

    @Test("waits for a log that is away")
    func awayLog() async throws {
        let world = try await interrupted()
        try world.restart(rebuildingFrom: AwayLog(world.log, for: 1))
        try await world.settle()
        try await expectDone(in: world)
    }

    @Test("is ended by request also while it waits for a log that is away", .timeLimit(.minutes(5)))
    func abortedWithoutLog() async throws {
        let world = try await interrupted()
        try world.restart(rebuildingFrom: AwayLog(world.log))
        try await world.settle()
        let status = try await world.run { process in _ = try process.desk.abort() }
        #expect(status.state == .aborted)
        #expect(try world.places.numbers() == [1])
    }

    @Test("once gone on with, compares all profiles again where retention has removed what others were told meanwhile")
    func removedChanges() async throws {
        let phone = #""traits":{"phone":"+12015550110"}"#
        let world = try await interrupted(of: [TestEvent("m1", at: 1, .identify, #"{"userId":"ann",\#(phone)}"#)])
        let log = BusyLog(world.log)
        try world.restart(rebuildingFrom: log)
        try await world.settle()
        let (consumer, lane) = (world.process.consumer, Partition(topic: Topic.changes, name: "profile"))
        log.whileComparing { log in
            // By the new rules the first is nobody's.
            for event in [
                TestEvent("m2", at: 2, .identify, "{\(phone)}"), TestEvent("m3", at: 3, #"{"userId":"bob"}"#),
            ] {
                _ = try await log.shared(with: "ingest").append([event.record], to: Topic.events, sequence: nil)
                try await consumer.drain()
            }
            try await log.record(progress: [lane: 3], of: "reader", in: Topic.changes)
            try await log.applyRetention(Retention(bytes: 0), to: Topic.changes, now: 0)
            #expect(try await log.partitions(of: Topic.changes).map(\.first) == [2])
        }
        #expect(try await world.run().state == .done)
        #expect(log.isDone)
        let revision: Int64? = try await world.process.inUse.view.reader.read {
            try $0.value("SELECT max(revision) FROM activity")
        }
        // Others were told of the second one.
        #expect(revision == 3)
    }

    @Test("is begun by the next process when it was only asked for")
    func askedFor() async throws {
        let world = try RebuildWorld()
        try await world.send(events)
        try await world.settle()
        _ = try await wanted(in: world)
        try world.restart()
        #expect(world.process.desk.status.state == .running)
        try await world.settle()
        try await expectDone(in: world)
        try world.restart()
        #expect(world.process.desk.status.state == .done)
    }

    private func expectDone(in world: RebuildWorld) async throws {
        let status = try await world.run()
        #expect(status.state == .done)
        #expect(status.startedAt == Timestamp(microseconds: 1))
        let expected = try PipelineWorld(rules: .others)
        try await expected.send(events)
        try await expected.settle()
        #expect(try world.graph() == expected.graph())
        #expect(try await world.changes().flatMap(\.events).count == events.count)
    }

    @Test("is begun anew when what is there is of another store")
    func foreign() async throws {
        let world = try await interrupted(secret: Array(repeating: 9, count: 32))
        try world.restart()
        try await world.settle()
        try await expectDone(in: world)
    }

    @Test("is thrown away when nobody wants it any more")
    func unwanted() async throws {
        let world = try await interrupted()
        let graph = try world.graph()
        try await world.process.inUse.view.reader.write { try RebuildRequest.forget(in: $0) }
        try world.restart()
        try await world.settle()
        #expect(try await world.run().state == .none)
        #expect(try world.places.numbers() == [1])
        #expect(try world.graph() == graph)
    }

    @Test("because its process died when the new store was whole, is told of by the next one")
    func whole() async throws {
        let world = try await interrupted()
        let told = try await world.changes().count
        try await finishWithoutTelling(world)
        try world.restart()
        #expect(world.process.inUse.view.rules.rules == .others)
        #expect(try world.places.numbers() == [2])
        try await world.settle()
        let news = try await world.changes().dropFirst(told)
        #expect(news.count == 90)
        #expect(news.allSatisfy { $0.historical && $0.kind == .updated })
        #expect(try await world.changes().flatMap(\.events).count == events.count)
    }

    private func finishWithoutTelling(_ world: RebuildWorld) async throws {
        let old = try world.places.open(1, for: .service)
        let store = try world.places.open(2, for: .construction)
        let request = try #require(try Construction.request(of: store, secret: RebuildWorld.secret))
        let construction = try construction(request, in: store, of: world)
        try await construction.intake.start(patience: .zero)
        try construction.intake.open(after: 0)
        for status in try await world.log.partitions(of: Topic.events) {
            while try await construction.intake.takeBatch(of: status) != nil {}
        }
        try construction.beginComparing(with: old)
        try construction.compare(try construction.profiles(after: .min, limit: 1000), with: old)
        let last = try await world.log.lastSequence(of: Topic.changes)
        _ = try await construction.finish(RebuildReport(), from: old, after: last, at: Timestamp(microseconds: 5))
    }

    @Test("because it is ended by request leaves everything as it was")
    func aborted() async throws {
        let world = try RebuildWorld()
        try await world.send(events)
        try await world.settle()
        let (graph, told) = (try world.graph(), try await world.changes().count)
        let request = try await wanted(in: world)
        _ = try world.process.desk.abort()
        await #expect(throws: RebuildError.underWay) { try await world.process.desk.begin(request) }
        #expect(try await world.run().state == .aborted)
        try world.restart()
        #expect(world.process.desk.status.state == .none)
        #expect(try world.places.numbers() == [1])
        #expect(try world.graph() == graph)
        #expect(try await world.changes().count == told)
        #expect(throws: RebuildError.nothingUnderWay) { try world.process.desk.abort() }
    }

    @Test("passes over a record that has ended a process before")
    func poison() async throws {
        let world = try RebuildWorld()
        try await world.send(events)
        try await world.settle()
        let letter = DeadLetter(
            service: "profile",
            code: "poison",
            reason: "It ended the process.",
            origin: "ingest",
            position: "events/ingest@17",
            time: Timestamp(microseconds: 1),
            payload: ""
        )
        _ = try await world.log.append([letter.record(at: Timestamp(microseconds: 1))], to: Topic.deadLetters)
        try await world.rebuild(by: Rules())
        #expect(try world.graph()["user:u17"]?.events == 9)
        #expect(try world.graph()["user:u18"]?.events == 10)
    }

    @Test(
        "does without what retention has removed meanwhile only if it had taken that in, or may",
        arguments: [
            (200, false, RebuildStatus.State.done), (400, false, .failed), (400, true, .done),
        ] as [(Offset, Bool, RebuildStatus.State)]
    )
    func retention(kept: Offset, acceptsLoss: Bool, state: RebuildStatus.State) async throws {
        let world = try await interrupted(acceptsLoss: acceptsLoss)
        let graph = try world.graph()
        let read = [Partition(topic: Topic.events, name: "ingest"): kept]
        try await world.log.record(progress: read, of: "reader", in: Topic.events)
        try await world.log.applyRetention(Retention(bytes: 0), to: Topic.events, now: 0)
        #expect(try await world.log.partitions(of: Topic.events).map(\.first) == [kept])
        try world.restart()
        try await world.settle()
        let status = try await world.run()
        #expect(status.state == state)
        guard state == .failed else { return }
        #expect(status.problem == RebuildError.logIsIncomplete(records: 100).description)
        #expect(try world.places.numbers() == [1])
        #expect(try world.graph() == graph)
    }

    @Test("because the log has lost what it had taken in, fails, and the store in use goes on")
    func otherLog() async throws {
        let world = try await interrupted()
        let store = try world.places.open(2, for: .service)
        try await store.write { try $0.execute("UPDATE consumer SET \"offset\" = 5000") }
        try world.restart()
        try await world.settle()
        #expect(try await world.run().state == .failed)
        #expect(try world.places.numbers() == [1])
    }
}

/// A log on which something happens while two stores are compared: once it was asked how far `changes` is, and is so again.
private final class BusyLog: WrappedLog {
    typealias Work = @Sendable (InMemoryLog) async throws -> Void

    private struct State {
        var asked = 0
        var work: Work?
        var isDone = false
    }

    let log: InMemoryLog
    private let state = Mutex(State())

    init(_ log: InMemoryLog) {
        self.log = log
    }

    func whileComparing(_ work: @escaping Work) { state.withLock { $0.work = work } }

    /// Whether it has happened, and nothing failed.
    var isDone: Bool { state.withLock { $0.isDone } }

    func partitions(of topic: String) async throws(MessageLogError) -> [PartitionStatus] {
        if topic == Topic.changes, let work = workIfDue() {
            do {
                try await work(log)
                state.withLock { $0.isDone = true }
            } catch {
                throw .unavailable(reason: "\(error)")
            }
        }
        return try await log.partitions(of: topic)
    }

    private func workIfDue() -> Work? {
        state.withLock { state in
            state.asked += 1
            return state.asked == 2 ? state.work : nil
        }
    }
}

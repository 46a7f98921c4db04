import Events
import Identity
import MessageLog
import PostgreSQL
import Store
import Synchronization
import TestKit
import Testing
import Topics

@testable import ProfileService

@Suite("A transaction of which nobody knows whether it was made")
struct DoubtfulTransactionTests {
    @Test("is looked up, and what came of it told, before another store may take the place of this one")
    func toldFirst() async throws {
        let (world, places) = try Self.world()
        try await world.send([TestEvent("m1", at: 1, #"{"userId":"u1"}"#)])
        try await world.settle()
        try await world.send([TestEvent("m2", at: 2, #"{"userId":"u2"}"#)])
        let (consumer, log) = (world.process.consumer, world.log)
        places.loseServer(behind: .next)
        await #expect(throws: PostgreSQLError.self) { try await consumer.drain() }
        async let handedOver: Void = consumer.handOver { _ in
            let told = try await log.partitions(of: Topic.changes).map(\.head)
            #expect(told == [2])
            return nil
        }
        try await Task.sleep(for: .milliseconds(250))
        try await consumer.start()
        try await handedOver
    }

    @Test("is looked up as well where it is the one by which a rebuilt store comes into use, and is not made again")
    func inUse() async throws {
        let (world, places) = try Self.world()
        try await world.send([.mail("m1", at: 1, user: "u1", address: "u1@shop.example")])
        try await world.settle()
        var rules = Rules()
        rules.namespaces[Namespace.email]?.junk = ["u1@shop.example"]
        places.loseServer(behind: .end)
        #expect(try await world.rebuild(by: rules).state == .done)
        #expect(!places.isServerDue)
        #expect(places.constructions == 1)
        #expect(try world.graph().profiles.map(\.members) == [["user:u1"]])
        #expect(try await world.changes().count == 2)
    }

    private static func world() throws -> (RebuildWorld, DoubtfulPlaces) {
        var doubtful: DoubtfulPlaces?
        let world = try RebuildWorld(wrapping: { places in
            let places = DoubtfulPlaces(places)
            doubtful = places
            return places
        })
        return (world, try #require(doubtful))
    }
}

/// Places with stores whose server is lost once just behind a commit.
private final class DoubtfulPlaces: StorePlaces {
    /// Behind which one: the next, or that by which a rebuilt store comes into use.
    enum Moment {
        case next
        case end
    }

    private let places: any StorePlaces
    private let moment = Mutex<Moment?>(nil)
    private let opened = Mutex(0)
    /// Whether the lost server may still be at the end of a rebuild, so that who only reads does not see it.
    private let isAtEnd = Mutex(false)

    init(_ places: any StorePlaces) {
        self.places = places
    }

    func loseServer(behind moment: Moment) { self.moment.withLock { $0 = moment } }

    /// Whether the server is yet to be lost.
    var isServerDue: Bool { moment.withLock { $0 != nil } }

    /// How often a store was opened to be made.
    var constructions: Int { opened.withLock { $0 } }

    private func checkServer(of store: any BatchStore) throws {
        guard let due = moment.withLock({ $0 }) else { return }
        let rebuilt = try store.read { try Meta.bytes(RebuildStatus.rebuilt, in: $0) }
        guard due == .next || rebuilt != nil else { return }
        moment.withLock { $0 = nil }
        isAtEnd.withLock { $0 = due == .end }
        throw PostgreSQLError(.broken, "The server is gone.", isConnectionLost: true)
    }

    private func checkReading() throws {
        guard isAtEnd.withLock({ !$0 }) else { throw TestFailure() }
    }

    /// Whoever writes comes behind all that the server was at.
    private func noteWriting() { isAtEnd.withLock { $0 = false } }

    func numbers() throws -> Set<Int> { try places.numbers() }

    func open(_ number: Int, for purpose: Store.Purpose) throws -> any BatchStore {
        if purpose == .construction { opened.withLock { $0 += 1 } }
        let hooks = HookedStore.Hooks(
            beforeReading: { [self] in try checkReading() },
            beforeWriting: { [self] in noteWriting() },
            afterWriting: { [self] store in try checkServer(of: store) }
        )
        return HookedStore(try places.open(number, for: purpose), hooks)
    }

    func remove(_ number: Int) { places.remove(number) }
}

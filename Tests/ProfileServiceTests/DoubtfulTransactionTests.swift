import Events
import MessageLog
import PostgreSQL
import Store
import Synchronization
import Testing
import Topics

@testable import ProfileService

@Suite("A transaction of which nobody knows whether it was made")
struct DoubtfulTransactionTests {
    @Test("is looked up, and what came of it told, before another store may take the place of this one")
    func toldFirst() async throws {
        var doubtful: DoubtfulPlaces?
        let world = try RebuildWorld(wrapping: { places in
            let places = DoubtfulPlaces(places)
            doubtful = places
            return places
        })
        try await world.send([TestEvent("m1", at: 1, #"{"userId":"u1"}"#)])
        try await world.settle()
        try await world.send([TestEvent("m2", at: 2, #"{"userId":"u2"}"#)])
        let (consumer, log) = (world.process.consumer, world.log)
        doubtful?.loseServer()
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
}

/// Places with stores whose server is lost once just behind a commit.
private final class DoubtfulPlaces: StorePlaces {
    private let places: any StorePlaces
    private let isLost = Mutex(false)

    init(_ places: any StorePlaces) {
        self.places = places
    }

    func loseServer() { isLost.withLock { $0 = true } }

    func checkServer() throws(PostgreSQLError) {
        let wasLost = isLost.withLock { isLost in
            defer { isLost = false }
            return isLost
        }
        if wasLost { throw PostgreSQLError(.broken, "The server is gone.", isConnectionLost: true) }
    }

    func numbers() throws -> Set<Int> { try places.numbers() }

    func open(_ number: Int, for purpose: Store.Purpose) throws -> any BatchStore {
        DoubtfulStore(try places.open(number, for: purpose), in: self)
    }

    func remove(_ number: Int) { places.remove(number) }
}

private final class DoubtfulStore: BatchStore {
    private let store: any BatchStore
    private let places: DoubtfulPlaces

    init(_ store: any BatchStore, in places: DoubtfulPlaces) {
        self.store = store
        self.places = places
    }

    func read<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await store.read(body)
    }

    @discardableResult
    func write<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await store.write(body)
    }

    func read<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value { try store.read(body) }

    @discardableResult
    func write<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value {
        let value = try store.write(body)
        try places.checkServer()
        return value
    }

    func prepare(_ body: (any SQLConnection) throws -> Void) throws { try store.prepare(body) }

    func put(to purpose: Store.Purpose) throws { try store.put(to: purpose) }

    func copy(to path: String) throws { try store.copy(to: path) }

    func wipe() async throws { try await store.wipe() }
}

import Events
import Identity
import Store
import Synchronization
import Testing

@testable import ProfileService

@Suite("A store that was in use, or was to be")
struct SweepTests {
    private static func world(holding number: Int = 1) throws -> (world: RebuildWorld, held: HeldPlaces?) {
        var held: HeldPlaces?
        let world = try RebuildWorld(wrapping: { places in
            let places = HeldPlaces(places, number)
            held = places
            return places
        })
        return (world, held)
    }

    @Test("goes once it can, if it could not go when nobody read it any more", .timeLimit(.minutes(5)))
    func retried() async throws {
        let (world, held) = try Self.world()
        try await world.send([TestEvent("m1", at: 1, #"{"userId":"u1"}"#)])
        try await world.settle()
        try await world.rebuild(by: Rules())
        for _ in 0..<20 {
            await world.process.rebuilder.sweep()
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(try world.places.numbers() == [1, 2])
        held?.letGo()
        while try world.places.numbers() != [2] {
            await world.process.rebuilder.sweep()
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test("goes once it can, if it could not go when the next process started")
    func leftBehind() async throws {
        let (world, held) = try Self.world()
        try await world.send([TestEvent("m1", at: 1, #"{"userId":"u1"}"#)])
        try await world.settle()
        try await world.rebuild(by: Rules())
        try world.restart()
        await world.process.rebuilder.sweep()
        #expect(try world.places.numbers() == [1, 2])
        held?.letGo()
        await world.process.rebuilder.sweep()
        #expect(try world.places.numbers() == [2])
    }

    @Test("goes once it can, if it was given up and could not go then")
    func givenUp() async throws {
        let (world, held) = try Self.world(holding: 2)
        try await world.send([TestEvent("m1", at: 1, #"{"userId":"u1"}"#)])
        try await world.settle()
        let request = RebuildRequest(rules: Rules(), isDryRun: false, startedAt: Timestamp(microseconds: 1))
        _ = try await world.process.desk.begin(request)
        _ = try world.process.desk.abort()
        #expect(try await world.run().state == .aborted)
        #expect(try world.places.numbers() == [1, 2])
        held?.letGo()
        await world.process.rebuilder.sweep()
        #expect(try world.places.numbers() == [1])
    }

    @Test("is read for as long as it takes, and nobody asks meanwhile which stores there are", .timeLimit(.minutes(5)))
    func stillRead() async throws {
        let (world, held) = try Self.world()
        let reader = world.process.inUse.view
        try await world.send([TestEvent("m1", at: 1, #"{"userId":"u1"}"#)])
        try await world.settle()
        try await world.rebuild(by: Rules())
        let before = held?.questions
        for _ in 0..<3 { #expect(await world.process.rebuilder.sweep()) }
        #expect(held?.questions == before)
        withExtendedLifetime(reader) {}
    }
}

/// Places of which one store cannot be removed for a while, as one that somebody copies.
private final class HeldPlaces: StorePlaces {
    private let places: any StorePlaces
    private let held: Int
    private let isHeld = Mutex(true)
    private let asked = Mutex(0)

    init(_ places: any StorePlaces, _ held: Int) {
        self.places = places
        self.held = held
    }

    func letGo() { isHeld.withLock { $0 = false } }

    /// How often it was asked which stores there are.
    var questions: Int { asked.withLock { $0 } }

    func numbers() throws -> Set<Int> {
        asked.withLock { $0 += 1 }
        return try places.numbers()
    }

    func open(_ number: Int, for purpose: Store.Purpose) throws -> any BatchStore {
        try places.open(number, for: purpose)
    }

    func remove(_ number: Int) {
        guard number != held || !isHeld.withLock({ $0 }) else { return }
        places.remove(number)
    }
}

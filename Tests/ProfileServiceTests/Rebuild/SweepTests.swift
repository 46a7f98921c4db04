import Identity
import Store
import Synchronization
import Testing

@testable import ProfileService

@Suite("A store that was in use")
struct SweepTests {
    @Test("goes once it can, if it could not go when nobody read it any more", .timeLimit(.minutes(1)))
    func retried() async throws {
        var held: HeldPlaces?
        let world = try RebuildWorld(wrapping: { places in
            let places = HeldPlaces(places)
            held = places
            return places
        })
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
}

/// Places of which the first store cannot be removed for a while, as one that somebody copies.
private final class HeldPlaces: StorePlaces {
    private let places: any StorePlaces
    private let isHeld = Mutex(true)

    init(_ places: any StorePlaces) {
        self.places = places
    }

    func letGo() { isHeld.withLock { $0 = false } }

    func numbers() throws -> Set<Int> { try places.numbers() }

    func open(_ number: Int, for purpose: Store.Purpose) throws -> any BatchStore {
        try places.open(number, for: purpose)
    }

    func remove(_ number: Int) {
        guard number != 1 || !isHeld.withLock({ $0 }) else { return }
        places.remove(number)
    }
}

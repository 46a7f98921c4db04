import Identity
import PostgreSQL
import Store
import Synchronization
import Testing

@testable import ProfileService

@Suite("A rebuild that is to end")
struct EndedRebuildTests {
    @Test("ends while it waits for the store in use to stand still", .timeLimit(.minutes(5)))
    func waiting() async throws {
        let world = try RebuildWorld()
        try await world.send([TestEvent("m1", at: 1, #"{"userId":"u1"}"#)])
        try await world.settle()
        let (consumer, places) = (world.process.consumer, world.places)
        let (held, holding) = AsyncStream<Void>.makeStream()
        let (end, ending) = AsyncStream<Void>.makeStream()
        // As where the log has no room for what the store in use has to tell.
        let holder = Task {
            try await consumer.handOver { _ in
                holding.finish()
                for await _ in end {}
                return nil
            }
        }
        for await _ in held {}
        let status = try await world.rebuild(by: .others) { process in
            while try !places.numbers().contains(2) { try await Task.sleep(for: .milliseconds(1)) }
            try await Task.sleep(for: .milliseconds(200))
            _ = try process.desk.abort()
        }
        #expect(status.state == .aborted)
        ending.finish()
        try await holder.value
    }

    @Test("makes room to note that, where it has taken all there was: the next process does not begin it again")
    func withoutRoom() async throws {
        let world = try RebuildWorld(wrapping: { FullPlaces($0) })
        try await world.send([TestEvent("m1", at: 1, #"{"userId":"u1"}"#)])
        try await world.settle()
        #expect(try await world.rebuild(by: .others).state == .failed)
        let wanted = try await world.process.inUse.view.reader.read { try RebuildRequest.kept(in: $0) }
        #expect(wanted == nil)
    }
}

/// Places in which a store that is made takes all room, until it is removed.
private final class FullPlaces: StorePlaces {
    private let places: any StorePlaces
    private let isFull = Mutex(false)

    init(_ places: any StorePlaces) {
        self.places = places
    }

    private func checkRoom() throws {
        if isFull.withLock({ $0 }) { throw PostgreSQLError(.statement, state: "53100", "There is no room left.") }
    }

    func numbers() throws -> Set<Int> { try places.numbers() }

    func open(_ number: Int, for purpose: Store.Purpose) throws -> any BatchStore {
        if purpose == .construction { isFull.withLock { $0 = true } }
        try checkRoom()
        return HookedStore(
            try places.open(number, for: purpose),
            HookedStore.Hooks(beforeWriting: { [self] in try checkRoom() })
        )
    }

    func remove(_ number: Int) {
        places.remove(number)
        isFull.withLock { $0 = false }
    }
}

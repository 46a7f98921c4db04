import Identity
import PostgreSQL
import Store
import Synchronization
import Testing

@testable import ProfileService

@Suite("A rebuild for whose store the server has no connection")
struct AwayServerTests {
    @Test("is ended by request, and the next process does not begin it again", .timeLimit(.minutes(5)))
    func aborted() async throws {
        let (world, _) = try await Self.world()
        let status = try await world.rebuild(by: .others) { process in _ = try process.desk.abort() }
        #expect(status.state == .aborted)
        let wanted = try await world.process.inUse.view.reader.read { try RebuildRequest.kept(in: $0) }
        #expect(wanted == nil)
    }

    @Test("has not failed where the process is to stop before its end could be noted", .timeLimit(.minutes(5)))
    func stopped() async throws {
        let (world, places) = try await Self.world()
        let status = try await world.rebuild(by: .others) { process in
            places.stop()
            _ = try process.desk.abort()
        }
        #expect(status.state == .running)
        let wanted = try await world.process.inUse.view.reader.read { try RebuildRequest.kept(in: $0) }
        #expect(wanted != nil)
    }

    private static func world() async throws -> (RebuildWorld, AwayPlaces) {
        var away: AwayPlaces?
        let world = try RebuildWorld(wrapping: { places in
            let places = AwayPlaces(places)
            away = places
            return places
        })
        try await world.send([TestEvent("m1", at: 1, #"{"userId":"u1"}"#)])
        try await world.settle()
        return (world, try #require(away))
    }
}

/// Places in which no store can be made.
private final class AwayPlaces: StorePlaces {
    private let places: any StorePlaces
    private let isStopping = Mutex(false)

    init(_ places: any StorePlaces) {
        self.places = places
    }

    /// From now on whoever writes waits for the server no longer.
    func stop() { isStopping.withLock { $0 = true } }

    private func checkWriting() throws {
        if isStopping.withLock({ $0 }) { throw CancellationError() }
    }

    func numbers() throws -> Set<Int> { try places.numbers() }

    func open(_ number: Int, for purpose: Store.Purpose) throws -> any BatchStore {
        guard purpose != .construction else {
            throw PostgreSQLError(.connecting, state: "53300", "There is no connection left.")
        }
        return HookedStore(
            try places.open(number, for: purpose),
            HookedStore.Hooks(beforeWriting: { [self] in try checkWriting() })
        )
    }

    func remove(_ number: Int) { places.remove(number) }
}

import Identity
import PostgreSQL
import Store
import Testing

@testable import ProfileService

@Suite("A rebuild for whose store the server has no connection")
struct AwayServerTests {
    @Test("is ended by request, and the next process does not begin it again", .timeLimit(.minutes(5)))
    func aborted() async throws {
        let world = try RebuildWorld(wrapping: { AwayPlaces(places: $0) })
        try await world.send([TestEvent("m1", at: 1, #"{"userId":"u1"}"#)])
        try await world.settle()
        let status = try await world.rebuild(by: .others) { process in _ = try process.desk.abort() }
        #expect(status.state == .aborted)
        let wanted = try await world.process.inUse.view.reader.read { try RebuildRequest.kept(in: $0) }
        #expect(wanted == nil)
    }
}

/// Places in which no store can be made.
private struct AwayPlaces: StorePlaces {
    let places: any StorePlaces

    func numbers() throws -> Set<Int> { try places.numbers() }

    func open(_ number: Int, for purpose: Store.Purpose) throws -> any BatchStore {
        guard purpose != .construction else {
            throw PostgreSQLError(.connecting, state: "53300", "There is no connection left.")
        }
        return try places.open(number, for: purpose)
    }

    func remove(_ number: Int) { places.remove(number) }
}

import Identity
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
}

import Testing

@testable import MessageLog

@Suite("A turn that others wait for")
struct ExclusionTests {
    @Test("is waited for no longer by a task that is cancelled", .timeLimit(.minutes(1)))
    func givenUp() async throws {
        let exclusion = Exclusion()
        let (began, beginning) = AsyncStream<Void>.makeStream()
        let (end, ending) = AsyncStream<Void>.makeStream()
        let holder = Task {
            await exclusion.run {
                beginning.finish()
                for await _ in end {}
            }
        }
        for await _ in began {}
        let patient = Task { await exclusion.run { 1 } }
        let hurried = Task { try await exclusion.runUnlessCancelled { 2 } }
        hurried.cancel()
        await #expect(throws: MessageLogError.cancelled) { try await hurried.value }
        // As it is by the next one, and by one that was cancelled before but need not wait.
        let late = Task { try await exclusion.runUnlessCancelled { 3 } }
        ending.finish()
        await holder.value
        #expect(await patient.value == 1)
        #expect(try await late.value == 3)
        let free = Task {
            try? await Task.sleep(for: .seconds(60))
            return try await exclusion.runUnlessCancelled { 4 }
        }
        free.cancel()
        #expect(try await free.value == 4)
    }
}

import Testing

@testable import MessageLog

@Suite("A turn that others wait for")
struct TurnTests {
    @Test("is waited for no longer by a task that is cancelled", .timeLimit(.minutes(5)))
    func givenUp() async throws {
        let turn = Turn()
        let (began, beginning) = AsyncStream<Void>.makeStream()
        let (end, ending) = AsyncStream<Void>.makeStream()
        let holder = Task {
            await turn.held {
                beginning.finish()
                for await _ in end {}
            }
        }
        for await _ in began {}
        let patient = Task { await turn.held { 1 } }
        let cutOff = Task { try await hurried(2, turn) }
        cutOff.cancel()
        await #expect(throws: MessageLogError.cancelled) { try await cutOff.value }
        // As it is by the next one, and by one that was cancelled before but need not wait.
        let late = Task { try await hurried(3, turn) }
        ending.finish()
        await holder.value
        #expect(await patient.value == 1)
        #expect(try await late.value == 3)
        let free = Task {
            try? await Task.sleep(for: .seconds(60))
            return try await hurried(4, turn)
        }
        free.cancel()
        #expect(try await free.value == 4)
    }

    private func hurried(_ value: Int, _ turn: Turn) async throws(MessageLogError) -> Int {
        try await turn.held(orThrow: .cancelled) { () async throws(MessageLogError) in value }
    }
}

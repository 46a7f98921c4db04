import MessageLog
import ServiceKit
import Testing

@testable import IngestService

@Suite("Whether the log is reached")
struct LogReachTests {
    @Test("is doubted after an append that nobody answered, until somebody answers", .timeLimit(.minutes(5)))
    func loss() async throws {
        let readiness = Readiness()
        readiness.set("http", true)
        let (asked, ask) = AsyncStream<CheckedContinuation<Bool, Never>>.makeStream()
        let reach = LogReach(readiness: readiness, pause: .milliseconds(1)) {
            await withCheckedContinuation { answer in _ = ask.yield(answer) }
        }
        let running = Task { try await reach.run() }
        defer { running.cancel() }
        var questions = asked.makeAsyncIterator()
        reach.note(.full)
        #expect(readiness.isReady)
        reach.note(.unavailable(reason: "Nobody answers."))
        for isReached in [false, false, true] {
            let next = await questions.next()
            let question = try #require(next)
            #expect(readiness.missing == ["log"])
            question.resume(returning: isReached)
        }
        while !readiness.isReady { await Task.yield() }
    }
}

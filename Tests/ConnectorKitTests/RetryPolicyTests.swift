import ConnectorKit
import Events
import Testing

@Suite("Retry policy")
struct RetryPolicyTests {
    private let policy = RetryPolicy(first: .seconds(4), longest: .seconds(60))
    private let now = Timestamp(microseconds: 1_000_000_000)
    private let never = Timestamp.latest

    private func pause(after attempts: Int, asked: Duration? = nil, random: Double) -> Int64? {
        switch policy.decide(after: attempts, at: now, notAfter: never, asked: asked, random: random) {
        case .retry(let time): (time.microseconds - now.microseconds) / 1000
        case .giveUp: nil
        }
    }

    @Test(
        "doubles the pause with each attempt, up to the longest",
        arguments: zip([1, 2, 3, 5, 6, 60, 1000], [4, 8, 16, 60, 60, 60, 60])
    )
    func doubles(attempts: Int, seconds: Int64) {
        #expect(pause(after: attempts, random: 0) == seconds * 1000)
    }

    @Test("doubles the longest pause that can be set as well")
    func doublesLongest() throws {
        let span = try #require(Duration(span: "36525d"))
        let policy = RetryPolicy(first: span, longest: span)
        #expect(policy.pause(after: 1000, random: 0).microseconds > 3_000_000_000_000_000)
    }

    @Test("takes up to half of the pause away, so that many do not come back together")
    func jitters() {
        #expect(pause(after: 1, random: 1) == 2000)
        #expect(pause(after: 1, random: 0.5) == 3000)
    }

    @Test("waits as long as it was asked to, even beyond the longest pause")
    func keepsToRequest() {
        #expect(pause(after: 1, asked: .seconds(600), random: 0) == 600_000)
        #expect(pause(after: 3, asked: .seconds(1), random: 0) == 16_000)
    }

    @Test("gives up when the next attempt would come too late")
    func givesUp() {
        let soon = Timestamp(microseconds: now.microseconds + 4_000_000)
        #expect(policy.decide(after: 1, at: now, notAfter: soon, asked: nil, random: 0) == .giveUp)
        #expect(policy.decide(after: 1, at: now, notAfter: soon, asked: nil, random: 0.1) != .giveUp)
    }
}

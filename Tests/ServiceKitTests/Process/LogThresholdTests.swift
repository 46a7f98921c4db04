import Events
import Logging
import ServiceKit
import Synchronization
import Testing

@Suite("The log threshold")
struct LogThresholdTests {
    /// A clock that stands still until it is told otherwise.
    private final class Hands: Sendable {
        private let time = Atomic<Int64>(1_000_000)
        var now: Timestamp { Timestamp(microseconds: time.load(ordering: .relaxed)) }
        func advance(seconds: Int64) { time.add(seconds * 1_000_000, ordering: .relaxed) }
    }

    private let hands = Hands()
    private let threshold: LogThreshold

    init() {
        let hands = hands
        threshold = LogThreshold(.notice) { hands.now }
    }

    @Test("is the configured level until somebody asks for another")
    func configured() {
        #expect(threshold.level == .notice)
        threshold.except(.init(.trace))
        #expect(threshold.level == .trace)
        hands.advance(seconds: 1_000_000)
        #expect(threshold.level == .trace)
        threshold.except(nil)
        #expect(threshold.level == .notice)
    }

    @Test("comes back by itself when the time is over, and not before")
    func comesBack() {
        threshold.except(.init(.debug, until: hands.now.advanced(by: Period(seconds: 60))))
        hands.advance(seconds: 59)
        #expect(threshold.level == .debug)
        #expect(threshold.exception?.until != nil)
        hands.advance(seconds: 1)
        #expect(threshold.level == .notice)
        #expect(threshold.exception == nil)
    }

    @Test("a later wish replaces an earlier one and its end")
    func replaces() {
        threshold.except(.init(.debug, until: hands.now.advanced(by: Period(seconds: 1))))
        threshold.except(.init(.trace, until: hands.now.advanced(by: Period(seconds: 100))))
        hands.advance(seconds: 50)
        #expect(threshold.level == .trace)
        threshold.configure(.error)
        #expect(threshold.level == .trace)
        hands.advance(seconds: 50)
        #expect(threshold.level == .error)
    }
}

import MessageLog
import TestKit
import Testing

@testable import Membership

@Suite("A log beside a store that may have been made with another one")
struct OtherLogTests {
    private let log = InMemoryLog(producer: "notifier")
    private let partition = Partition(topic: "commands", name: "notifier")
    private let gone = Partition(topic: "commands", name: "gone")

    /// The life of the log's only partition.
    private func begun() async throws -> LogEpoch {
        _ = try await log.append([Record(value: [1], timestamp: 0)], to: "commands", sequence: nil)
        return try #require(try await log.partitions(of: "commands").first).epoch
    }

    private func check(_ read: [Partition: LogEpoch]) async throws {
        try await log.check(isThatOf: "kith_test", read: read, patience: .milliseconds(100))
    }

    @Test("is taken when it has something that the store has read, and when nothing was read")
    func same() async throws {
        try await check([:])
        let life = try await begun()
        try await check([partition: life])
        try await check([partition: life, gone: .random()])
    }

    @Test("is refused when it has nothing that the store has read, or in another life")
    func other() async throws {
        await #expect(throws: MembershipError.otherLog(store: "kith_test")) { try await check([partition: .random()]) }
        let life = try await begun()
        await #expect(throws: MembershipError.otherLog(store: "kith_test")) { try await check([gone: life]) }
        await #expect(throws: MembershipError.otherLog(store: "kith_test")) { try await check([partition: .random()]) }
    }

    @Test("is asked again while it does not show its partitions yet")
    func late() async throws {
        let (life, start) = (LogEpoch.random(), ContinuousClock.now)
        let checking = Task {
            try await log.check(isThatOf: "kith_test", read: [partition: life], patience: .seconds(300))
        }
        _ = try await begun()
        // It is another life, which is known at once.
        await #expect(throws: MembershipError.otherLog(store: "kith_test")) { try await checking.value }
        #expect(ContinuousClock.now - start < .seconds(150))
    }
}

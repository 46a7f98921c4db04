import Events
import MessageLog
import Testing
import Topics

@testable import NotifierService

@Suite("The notifier, where the log does not keep everything")
struct NotifierRetentionTests {
    private static let thanks = """
        rules:
          - {name: thanks, on: {event: Order Completed}, to: mail, email: {subject: Thank you, text: Bye}}
        """

    @Test("puts a message among the dead letters whose event is gone, for good")
    func eventGone() async throws {
        let bench = try Workbench(rules: Self.thanks, segmentBytes: 1)
        for message in ["1", "2"] { try await bench.happens(message) }
        try await bench.log.applyRetention(Retention(bytes: 0), to: Topic.events, now: 0)
        try await bench.settle()
        let letter = try #require(try await bench.deadLetters().first)
        #expect(letter.code == "event_gone")
        #expect(letter.messageID == "1")
        #expect(letter.replayTopic == nil)
        #expect(try await bench.commands().map(\.causedBy) == ["2"])
        await bench.remove()
    }

    @Test("waits for an event that was read before a power cut, and is shown only when its lane's owner is back")
    func eventAhead() async throws {
        let bench = try Workbench(rules: Self.thanks, segmentBytes: 1)
        try await bench.happens("1")
        try await bench.settle()
        try await bench.isTold("2", at: 1)
        async let settled: Void = bench.settle()
        try await Task.sleep(for: .milliseconds(300))
        try await bench.happens("2")
        try await settled
        #expect(try await bench.deadLetters().isEmpty)
        #expect(Set(try await bench.commands().map(\.causedBy)) == ["1", "2"])
        await bench.remove()
    }

    @Test("waits for an event of a partition that is not known yet, as to a server that was just started")
    func partitionAhead() async throws {
        let bench = try Workbench(rules: Self.thanks)
        try await bench.isTold("1", at: 0)
        async let settled: Void = bench.settle()
        try await Task.sleep(for: .milliseconds(300))
        try await bench.happens("1")
        try await settled
        #expect(try await bench.deadLetters().isEmpty)
        #expect(try await bench.commands().map(\.causedBy) == ["1"])
        await bench.remove()
    }

    @Test("is a consumer of changes before it has read any, so that none go")
    func registers() async throws {
        let bench = try Workbench(rules: Self.thanks, segmentBytes: 1)
        try await bench.settle { try await !bench.log.consumers(of: Topic.changes).isEmpty }
        for message in ["1", "2", "3"] { try await bench.happens(message) }
        try await bench.log.applyRetention(Retention(bytes: 0), to: Topic.changes, now: 0)
        try await bench.settle()
        #expect(try await bench.commands().map(\.causedBy) == ["1", "2", "3"])
        try await bench.log.applyRetention(Retention(bytes: 0), to: Topic.changes, now: 0)
        #expect(try await bench.log.partitions(of: Topic.changes).map(\.first) == [2])
        await bench.remove()
    }

    @Test("remembers after the loss of its store what commands are left, and goes on where it was")
    func lostStore() async throws {
        let bench = try Workbench(rules: Self.thanks, segmentBytes: 1)
        for message in ["1", "2", "3"] {
            try await bench.happens(message)
            try await bench.settle()
        }
        for topic in [Topic.changes, Topic.commands] {
            try await bench.log.applyRetention(Retention(bytes: 0), to: topic, now: 0)
        }
        #expect(try await bench.commands().map(\.causedBy) == ["3"])
        try bench.loseStore()
        for message in ["3", "4"] { try await bench.happens(message) }
        try await bench.settle()
        #expect(try await bench.commands().map(\.causedBy) == ["3", "4"])
        #expect(try await bench.deadLetters().isEmpty)
        await bench.remove()
    }
}

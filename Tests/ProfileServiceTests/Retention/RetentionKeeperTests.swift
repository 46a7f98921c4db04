import Events
import FoundationEssentials
import Logging
import MessageLog
import ServiceKit
import TestKit
import Testing
import Topics

@testable import ProfileService

@Suite("The keeper of the log's retention")
struct RetentionKeeperTests {
    private let folder: String
    private let log = InMemoryLog(producer: "profile")
    private let later = Timestamp(microseconds: SystemClock.now().microseconds + 40 * 86_400_000_000)

    init() throws {
        folder = FileManager.default.temporaryDirectory.path + "/kith-keeper-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    private func configure(_ yaml: String) throws {
        try yaml.write(toFile: "\(folder)/kith.yaml", atomically: true, encoding: .utf8)
    }

    private func keeper(_ log: (any MessageLog)? = nil) throws -> RetentionKeeper {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return try RetentionKeeper(log: log ?? self.log, path: "\(folder)/kith.yaml", logger: logger)
    }

    private func fill(_ topics: [String], on log: (any MessageLog)? = nil) async throws {
        for topic in topics {
            for _ in 0..<10 {
                _ = try await (log ?? self.log).append([Record(value: [1], timestamp: 0)], to: topic)
            }
        }
    }

    private func first(_ topic: String, on log: (any MessageLog)? = nil) async throws -> Offset? {
        try await (log ?? self.log).partitions(of: topic).first?.first
    }

    private func read(_ topic: String, upTo offset: Offset, by consumer: String) async throws {
        try await log.record(
            progress: [Partition(topic: topic, name: "profile"): offset],
            of: consumer,
            in: topic
        )
    }

    @Test("removes what is old and was read, and nothing of events and control")
    func standard() async throws {
        try await fill(Topic.all)
        try await read(Topic.events, upTo: 10, by: "profile")
        try await read(Topic.changes, upTo: 4, by: "notifier")
        try await read(Topic.commands, upTo: 10, by: "connector")
        let keeper = try keeper()
        await keeper.round(at: SystemClock.now())
        for topic in Topic.all { #expect(try await first(topic) == 0, "\(topic)") }
        await keeper.round(at: later)
        #expect(try await first(Topic.events) == 0)
        #expect(try await first(Topic.control) == 0)
        #expect(try await first(Topic.changes) == 4)
        #expect(try await first(Topic.commands) == 9)
        #expect(try await first(Topic.deadLetters) == 0)
        await keeper.round(at: later.advanced(by: Period(seconds: 60 * 86_400)))
        #expect(try await first(Topic.deadLetters) == 9)
        #expect(try await log.consumers(of: Topic.events).map(\.name) == ["profile"])
    }

    @Test("keeps all of what nobody has begun to read")
    func unread() async throws {
        try await fill([Topic.changes, Topic.commands])
        let keeper = try keeper()
        await keeper.round(at: later)
        #expect(try await first(Topic.changes) == 0)
        #expect(try await first(Topic.commands) == 0)
    }

    @Test("follows the file, and removes nothing while that is wrong")
    func file() async throws {
        try await fill([Topic.changes])
        try await read(Topic.changes, upTo: 10, by: "notifier")
        try configure("retention: {changes: forever}")
        let keeper = try keeper()
        await keeper.round(at: later)
        #expect(try await first(Topic.changes) == 0)
        try configure("retention: {changes: never}")
        await keeper.round(at: later)
        #expect(try await first(Topic.changes) == 0)
        #expect(await keeper.plan.limits[Topic.changes] == nil)
        try configure("retention: {changes: {size: 3B}}")
        await keeper.round(at: later)
        #expect(try await first(Topic.changes) == 7)
        #expect(await keeper.plan.limits[Topic.changes]?.size == ByteCount(bytes: 3))
    }

    @Test("does not begin with a file that is wrong, and says where it is")
    func wrongFile() throws {
        try configure("rules: []\nretention:\n  changes: 30d\n")
        let error = #expect(throws: RetentionError.self) { try keeper() }
        #expect(error?.description.hasPrefix("\(folder)/kith.yaml, line 3: “changes” must have") == true)
    }

    @Test("keeps the events that unread changes may name")
    func heldEvents() async throws {
        try configure("retention: {events: {size: 1B}, changes: {size: 1B}}")
        let keeper = try keeper()
        try await fill([Topic.events, Topic.changes])
        try await read(Topic.events, upTo: 10, by: "profile")
        try await log.record(progress: [:], of: "notifier", in: Topic.changes)
        for _ in 0..<3 { await keeper.round(at: later) }
        #expect(try await first(Topic.events) == 0)
        #expect(try await first(Topic.changes) == 0)
        try await read(Topic.changes, upTo: 9, by: "notifier")
        await keeper.round(at: later)
        #expect(try await first(Topic.events) == 0)
        #expect(try await first(Topic.changes) == 9)
        try await read(Topic.changes, upTo: 10, by: "notifier")
        await keeper.round(at: later)
        #expect(try await first(Topic.events) == 9)
    }

    @Test("keeps up with what is held back, after events stay for ever again")
    func heldEventsLater() async throws {
        try configure("retention: {events: {size: 1B}}")
        let keeper = try keeper()
        try await fill([Topic.events, Topic.changes])
        try await read(Topic.events, upTo: 5, by: "profile")
        try await read(Topic.changes, upTo: 10, by: "notifier")
        await keeper.round(at: later)
        #expect(try await first(Topic.events) == 5)
        try configure("")
        try await read(Topic.events, upTo: 10, by: "profile")
        await keeper.round(at: later)
        #expect(try await first(Topic.events) == 5)
        let hold = try await log.consumers(of: Topic.events).first { $0.name == ChangesHold.consumer }
        #expect(hold?.positions == [Partition(topic: Topic.events, name: "profile"): 10])
    }

    @Test("goes on with the next topic when one cannot be looked at")
    func damage() async throws {
        var options = EmbeddedLogOptions()
        options.segmentBytes = 1
        let log = try EmbeddedLog(directory: "\(folder)/log", producer: "profile", options: options)
        try await fill([Topic.changes, Topic.commands], on: log)
        try await log.record(
            progress: [Partition(topic: Topic.commands, name: "profile"): 8],
            of: "connector",
            in: Topic.commands
        )
        try await log.record(progress: [:], of: "notifier", in: Topic.changes)
        try "nonsense".write(toFile: "\(folder)/log/changes/consumers/notifier", atomically: false, encoding: .utf8)
        let keeper = try keeper(log)
        await keeper.round(at: later)
        #expect(try await first(Topic.changes, on: log) == 0)
        #expect(try await first(Topic.commands, on: log) == 8)
        await log.close()
    }
}

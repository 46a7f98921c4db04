import Events
import Foundation
import Identity
import Logging
import MessageLog
import ServiceKit
import TestKit
import Testing
import Topics

@testable import NotifierService

@Suite("The notifier, when somebody is forgotten")
struct NotifierForgettingTests {
    private static let word = Word(author: "eve", reason: "so", time: Timestamp(microseconds: 1))
    private static let ada = Identifier("email", "ada@example.com")
    private static let bob = Identifier("email", "bob@example.com")
    private static let rules = """
        rules:
          - name: thanks
            on: {event: Order Completed}
            to: mail
            email: {subject: Thank you, text: Hello}
        """

    @Test("what is erased sets off nothing and is no dead letter")
    func erased() async throws {
        let bench = try Workbench(rules: Self.rules)
        try await bench.changes(Topic.tombstone(of: Topic.changes))
        try await bench.happens("m-1")
        _ = try await bench.world.rewrite(Topic.events) { _ in Record(value: EventEnvelope.tombstone, timestamp: 0) }
        try await bench.settle()
        #expect(try await bench.commands().isEmpty)
        #expect(try await bench.deadLetters().isEmpty)
        await bench.remove()
    }

    @Test("rules are not set off for who is suppressed")
    func suppressed() async throws {
        let bench = try Workbench(rules: Self.rules)
        let key = try SuppressionKey.load(in: bench.directory)
        let record = Self.suppression(by: key).record(at: Self.word.time)
        _ = try await bench.world.append([record], to: Topic.control)
        try await bench.happens("m-1")
        try await bench.happens("m-2", to: Self.bob)
        let control = ControlFollower(log: bench.log, key: key, readiness: Readiness())
        let task = Task { try await control.run() }
        try await bench.settle(control: control)
        task.cancel()
        #expect(try await bench.commands().map(\.causedBy) == ["m-2"])
        #expect(try await bench.deadLetters().isEmpty)
        await bench.remove()
    }

    @Test("nothing comes into the store of who is forgotten while profile does not answer", .timeLimit(.minutes(5)))
    func forgottenWhileWaiting() async throws {
        let profiles = AnsweringProfiles([.unavailable(reason: "off")])
        let bench = try Workbench(rules: Self.rules, profiles: profiles)
        let key = try SuppressionKey.load(in: bench.directory)
        let control = ControlFollower(log: bench.log, key: key, readiness: Readiness())
        let following = Task { try await control.run() }
        try await bench.happens("m-1")
        let settling = Task { try await bench.settle(control: control) }
        while profiles.count == 0 { try await Task.sleep(for: .milliseconds(5)) }
        control.apply([Self.suppression(by: key)])
        profiles.answer(.json(AnsweringProfiles.ada))
        try await settling.value
        following.cancel()
        #expect(try await bench.commands().isEmpty)
        #expect(try await bench.deadLetters().isEmpty)
        await bench.remove()
    }

    @Test("what was to be published of the person is gone from the store, to the last byte")
    func outbox() async throws {
        let bench = try Workbench(rules: Self.rules)
        let store = try bench.store()
        try await bench.note([Self.command("c", to: Self.ada), Self.command("d", to: Self.bob)], in: store)
        try await store.forget([PersonTraces(identifiers: [Self.ada], profileIDs: [], rules: Rules())])
        #expect(try await store.nextBatch(limit: 10)?.records.count == 1)
        let bytes = ["", "-wal", "-shm"].reduce(into: Data()) { bytes, ending in
            bytes += FileManager.default.contents(atPath: "\(bench.directory)/notifier.sqlite\(ending)") ?? Data()
        }
        #expect(bytes.range(of: Data("ada@example.com".utf8)) == nil)
        #expect(bytes.range(of: Data("bob@example.com".utf8)) != nil)
        await bench.remove()
    }

    @Test("what waits for room on the log is not published of who is forgotten meanwhile", .timeLimit(.minutes(5)))
    func forgottenWhileFull() async throws {
        let bench = try Workbench(rules: Self.rules)
        let key = try SuppressionKey.load(in: bench.directory)
        let store = try bench.store()
        try await bench.note([Self.command("c", to: Self.ada), Self.command("d", to: Self.bob)], in: store)
        let world = InMemoryLog()
        let control = ControlFollower(log: world, key: key, readiness: Readiness())
        let following = Task { try await control.run() }
        await control.isKnown()
        let suppression = Self.suppression(by: key)
        let publisher = OutboxPublisher(
            log: FullLog(world) { control.apply([suppression]) },
            store: store,
            signal: OutboxSignal(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            gate: SuppressionGate(control: control) { Rules() }
        )
        let publishing = Task { try await publisher.run() }
        while try await store.waiting() > 0 { try await Task.sleep(for: .milliseconds(5)) }
        publishing.cancel()
        following.cancel()
        var cursor = TopicCursor(log: world, topic: Topic.commands)
        let commands = try await cursor.next().map { try Command(decoding: $0.record.value) }
        #expect(commands.map(\.id) == ["d"])
        await bench.remove()
    }

    private static func suppression(by key: SuppressionKey) -> ControlRecord {
        .suppression(
            Suppression(id: "s", hashes: [key.hash(of: ada)], identifiers: [], profileIDs: [], word: word)
        )
    }

    private static func command(_ id: String, to person: Identifier) -> Command {
        Command(
            id: id,
            destination: "mail",
            rule: "r",
            identifier: person,
            causedBy: "m",
            payload: ["to": .string(person.value)],
            createdAt: word.time,
            notAfter: word.time
        )
    }
}

extension Workbench {
    /// Gives a store messages to publish.
    fileprivate func note(_ commands: [Command], in store: NotifierStore) async throws {
        let batch = HandledBatch(
            partition: Partition(topic: Topic.changes, name: "profile"),
            epoch: try await epoch(),
            from: 0,
            next: 1,
            commands: commands,
            time: Timestamp(microseconds: 1)
        )
        try await store.commit(batch)
    }

    /// The epoch of some partition.
    fileprivate func epoch() async throws -> LogEpoch {
        _ = try await world.append([Record(value: [], timestamp: 0)], to: Topic.control)
        return try #require(try await world.partitions(of: Topic.control).first?.epoch)
    }
}

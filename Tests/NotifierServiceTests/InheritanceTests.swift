import Events
import MessageLog
import Store
import Testing
import Topics

@testable import NotifierService

@Suite("Notifiers that share a store")
struct InheritanceTests {
    @Test("publishes once what a member that is gone has left, some of which is on the log")
    func inherits() async throws {
        let bench = try Workbench(rules: "rules: []")
        let tables = try SQLiteStore(path: "\(bench.directory)/shared.sqlite", migrations: Schema.migrations)
        let (gone, heir) = (NotifierStore(tables, member: "gone"), NotifierStore(tables, member: "heir"))
        let letters = (0..<4).map { number in
            DeadLetter(
                service: "notifier",
                code: "x",
                reason: "\(number)",
                origin: "r",
                time: Timestamp(microseconds: 0),
                payload: ""
            )
        }
        let partition = Partition(topic: Topic.changes, name: "world")
        var batch = HandledBatch(
            partition: partition,
            epoch: .random(),
            from: 0,
            next: 1,
            time: Timestamp(microseconds: 0)
        )
        batch.deadLetters = letters
        try await gone.commit(batch)
        #expect(try await heir.nextBatch(limit: 10) == nil)
        #expect(try await heir.topics(of: "gone") == [Topic.deadLetters])

        let last = try #require(try await gone.nextBatch(limit: 2)).sequence
        try await heir.inherit(from: "gone", published: [Topic.deadLetters: last])
        let left = try #require(try await heir.nextBatch(limit: 10))
        #expect(try left.records.map { try DeadLetter(decoding: $0.value).reason } == ["2", "3"])
        #expect(left.sequence > 4, "sequences of its own")
        #expect(try await heir.topics(of: "gone").isEmpty)
        await bench.remove()
    }
}

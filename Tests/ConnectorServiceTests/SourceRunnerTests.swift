import ConnectorKit
import Events
import Foundation
import MessageLog
import Testing
import Topics

@testable import ConnectorService

@Suite("What a source's records come to")
struct SourceRunnerTests {
    /// How many dead letters are on the log after batches of records that were rejected.
    private func letters(of entry: Configuration.Entry, after batches: [[String]]) async throws -> (Int, Int?) {
        let files = FileManager.default
        let directory = files.temporaryDirectory.appendingPathComponent("runner-\(UUID().uuidString)")
        try files.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? files.removeItem(at: directory) }
        let log = try EmbeddedLog(directory: "\(directory.path)/log", producer: "connector")
        let store = try ConnectorStore(path: "\(directory.path)/store.sqlite")
        let publisher = Publisher(log: log, store: store)
        let source = try ConfiguredSource(entry, catalog: .builtIn())
        let runner = SourceRunner(
            store: store,
            publisher: publisher,
            board: SourceBoard(),
            pauses: try await Pauses(store)
        )
        try await withThrowingTaskGroup { group in
            group.addTask { try await publisher.run() }
            for payloads in batches {
                let rejected = payloads.map { RejectedRecord(code: "no_key", reason: "None.", payload: Array($0.utf8)) }
                try await runner.take(SourceBatch(rejected: rejected), from: source)
            }
            group.cancelAll()
        }
        let heads = try await log.partitions(of: Topic.deadLetters).map { Int($0.head) }
        let counted = try await store.source(source.stateName)?.rejected
        await log.close()
        return (heads.reduce(0, +), counted)
    }

    private let mailbox = Configuration.Entry(
        name: "mail",
        type: "imap",
        values: ["host": "mail.test", "user": "ann", "password": "x"]
    )

    @Test("is one dead letter for a record that is rejected at every reading, and is counted each time")
    func writesOnce() async throws {
        let (letters, counted) = try await letters(of: mailbox, after: [["a", "b"], ["b", "a"], ["a", "c"]])
        #expect(letters == 3)
        #expect(counted == 6)
    }

    @Test("is a dead letter for each of several that are alike at one reading")
    func keepsThoseAlike() async throws {
        #expect(try await letters(of: mailbox, after: [["a", "a"]]).0 == 2)
    }

    @Test("is a dead letter each time where nothing is read again")
    func writesReceived() async throws {
        let hook = Configuration.Entry(
            name: "hook",
            type: "webhook",
            values: ["secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]
        )
        #expect(try await letters(of: hook, after: [["a"], ["a"]]).0 == 2)
    }
}

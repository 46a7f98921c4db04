import ConnectorKit
import Events
import Foundation
import MessageLog
import Store
import Synchronization
import TestKit
import Testing
import Topics

@testable import ConnectorService

@Suite("What a source's records come to")
struct SourceRunnerTests {
    /// What is on the log, and known of the source, after batches.
    private struct Taken {
        var letters: Int
        var events: Int
        var state: JSONValue?
        var counts: SourceCounts?
        var requests: [String]
    }

    /// How many dead letters are on the log after batches of records that were rejected.
    private func letters(of entry: Configuration.Entry, after batches: [[String]]) async throws -> (Int, Int?) {
        let taken = try await taken(
            batches.map { payloads in
                SourceBatch(
                    rejected: payloads.map { RejectedRecord(code: "no_key", reason: "None.", payload: Array($0.utf8)) }
                )
            },
            of: entry
        )
        return (taken.letters, taken.counts?.rejected)
    }

    private func taken(_ batches: [SourceBatch], of entry: Configuration.Entry) async throws -> Taken {
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
            for batch in batches { try await runner.take(batch, from: source) }
            group.cancelAll()
        }
        let taken = Taken(
            letters: try await log.partitions(of: Topic.deadLetters).reduce(0) { $0 + Int($1.head) },
            events: try await log.partitions(of: Topic.events).reduce(0) { $0 + Int($1.head) },
            state: try await store.state(of: source.stateName),
            counts: try await store.counts(of: source.stateName),
            requests: try await store.read { db in try db.rows("SELECT id FROM received").map { $0["id"] as String } }
        )
        await log.close()
        return taken
    }

    private func event(_ id: Int, bytes: Int) -> SourceEvent {
        SourceEvent(
            messageID: "\(id)",
            type: .track,
            name: "Seen",
            timestamp: Timestamp(microseconds: 0),
            originalTimestamp: nil,
            body: Array(#"{"type":"track","event":"Seen","userId":"1","x":""#.utf8)
                + [UInt8](repeating: 0x78, count: bytes)
                + Array(#""}"#.utf8)
        )
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

    @Test("is one dead letter also when the first reading was cut short while that was put on the log")
    func writesOnceCutShort() async throws {
        try await withTemporaryFolder { folder in
            let store = try ConnectorStore(path: "\(folder)/store.sqlite")
            let first = Mutex<Task<Void, any Error>?>(nil)
            let log = FullLog(InMemoryLog(producer: "connector")) { first.withLock { $0?.cancel() } }
            let publisher = Publisher(log: log, store: store)
            let pauses = try await Pauses(store)
            let runner = SourceRunner(store: store, publisher: publisher, board: SourceBoard(), pauses: pauses)
            let source = try ConfiguredSource(mailbox, catalog: .builtIn())
            let batch = SourceBatch(rejected: [RejectedRecord(code: "no_key", reason: "None.", payload: [0x61])])
            let reading = Task { try await runner.take(batch, from: source) }
            first.withLock { $0 = reading }
            try await withThrowingTaskGroup { group in
                group.addTask { try await publisher.run() }
                _ = await reading.result
                try await runner.take(batch, from: source)
                group.cancelAll()
            }
            #expect(try await log.partitions(of: Topic.deadLetters).map(\.head) == [1])
        }
    }

    @Test("is a dead letter for each of several that are alike at one reading")
    func keepsThoseAlike() async throws {
        #expect(try await letters(of: mailbox, after: [["a", "a"]]).0 == 2)
    }

    @Test("is all of a batch that is too large for one append, but for an event that nobody could read")
    func takesLarge() async throws {
        let batch = SourceBatch(
            events: (0..<3000).map { event($0, bytes: 16 << 10) } + [event(3000, bytes: 5 << 20)],
            rejected: (0..<600).map { number in
                let payload = Array("\(number) ".utf8) + [UInt8](repeating: 0x78, count: 64 << 10)
                return RejectedRecord(code: "no_key", reason: "None.", payload: payload)
            },
            state: 7
        )
        let taken = try await taken([batch], of: mailbox)
        #expect(taken.events == 3000)
        #expect(taken.letters == 601)
        #expect(taken.state == 7)
        #expect(taken.counts == SourceCounts(records: 3000, rejected: 601, succeeded: nil))
    }

    @Test("tells whose it was in a dead letter, also when it is larger than what is kept")
    func largeLetter() throws {
        let large = String(repeating: "x", count: 64 << 10)
        let payload = Array(#"{"context":{"x":"\#(large)"},"userId":"42"}"#.utf8)
        let record = RejectedRecord(code: "event_too_large", reason: "It is large.", payload: payload)
        let source = try ConfiguredSource(mailbox, catalog: .builtIn())
        #expect(source.deadLetter(of: record, at: Timestamp(microseconds: 0)).payload == #"{"userId":"42"}"#)
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

    @Test("is nothing of a request that was taken before, of which no more is kept than to know it again")
    func takesRequestOnce() async throws {
        let requests = ["subscribe ann@example.com", "subscribe ann@example.com", "subscribe bob@example.com"]
        let taken = try await taken(
            requests.enumerated().map { number, id in SourceBatch(events: [event(number, bytes: 0)], requestID: id) },
            of: mailbox
        )
        #expect(taken.events == 2)
        #expect(Set(taken.requests).count == 2)
        #expect(!taken.requests.contains { $0.contains("example.com") })
    }

    @Test("is nothing of an import that makes no sense any more, which has failed")
    func failsImport() async throws {
        try await withTemporaryFolder { folder in
            let store = try ConnectorStore(path: "\(folder)/store.sqlite")
            let log = InMemoryLog(producer: "connector")
            let runner = SourceRunner(
                store: store,
                publisher: Publisher(log: log, store: store),
                board: SourceBoard(),
                pauses: try await Pauses(store)
            )
            let entry: JSONValue = ["name": "people", "type": "xml", "path": "people.xml"]
            let row = ImportRow(id: "i", entry: entry, state: .running, error: nil)
            try await store.add(row, at: Timestamp(microseconds: 0))
            let file = try await runner.file(of: row)
            #expect(file?.id == nil)
            #expect(try await store.importRow("i")?.state == .failed)
            #expect(try await store.unfinishedImports().isEmpty)
        }
    }

    @Test("is a failure that lasts while the source is tried again, until it was read to its end")
    func staysFailing() async throws {
        try await withTemporaryFolder { folder in
            let store = try ConnectorStore(path: "\(folder)/store.sqlite")
            let log = InMemoryLog(producer: "connector")
            let publisher = Publisher(log: log, store: store)
            let (board, pauses) = (SourceBoard(), try await Pauses(store))
            let runner = SourceRunner(store: store, publisher: publisher, board: board, pauses: pauses)
            let file = "\(folder)/people.csv"
            let entry = Configuration.Entry(name: "people", type: "csv", values: ["path": .string(file)])
            let source = try ConfiguredSource(entry, catalog: .builtIn())
            await #expect(throws: (any Error).self) { try await runner.run(source) }
            board.update(source.stateName) { $0.state = .running }
            #expect(board[source.stateName].isFailing)
            try "user_id\n".write(toFile: file, atomically: true, encoding: .utf8)
            try await withThrowingTaskGroup { group in
                group.addTask { try await publisher.run() }
                try await runner.run(source)
                group.cancelAll()
            }
            #expect(!board[source.stateName].isFailing)
        }
    }

    @Test("is no failure when the run is cut short, as when another connector is to go on with the source")
    func isCutShort() async throws {
        try await withTemporaryFolder { folder in
            let store = try ConnectorStore(path: "\(folder)/store.sqlite")
            let publisher = Publisher(log: InMemoryLog(producer: "connector"), store: store)
            let (board, pauses) = (SourceBoard(), try await Pauses(store))
            let runner = SourceRunner(store: store, publisher: publisher, board: board, pauses: pauses)
            let entry = Configuration.Entry(name: "people", type: "csv", values: ["path": "/tmp/there-is-none.csv"])
            let source = try ConfiguredSource(entry, catalog: .builtIn())
            await withTaskGroup(of: Void.self) { group in
                group.cancelAll()
                group.addTask { try? await runner.run(source) }
            }
            #expect(board[source.stateName] == SourceStatus(state: .idle))
        }
    }
}

import ConnectorKit
import Curl
import Events
import MessageLog
import Synchronization
import TestKit
import Testing

@testable import ConnectorService

/// A source that gives two batches; what happens between them is said by its name.
private struct InterruptedSource: NativeSource {
    static let type = "interrupted"
    static let summary = "Two batches."
    static let settings: [SettingField] = []
    static let between = Mutex<[String: @Sendable () async throws -> Void]>([:])
    let interval: Duration? = .seconds(3600)
    private let name: String

    init(_ setup: SourceSetup) throws(SettingsError) { name = setup.name }

    func read(from state: JSONValue?, emit: @Sendable (SourceBatch) async throws -> Void) async throws {
        try await emit(batch(1))
        let between = Self.between.withLock { $0[name] }
        try await between?()
        try await emit(batch(2))
    }

    private func batch(_ number: Int64) -> SourceBatch {
        let record = RememberedRecord(version: number, digest: "d")
        return SourceBatch(
            state: ["page": .number(JSONNumber(number))],
            records: [RecordNote(stream: "p", key: "\(number)", record: record)]
        )
    }
}

@Suite("The state of a source that is replaced")
struct ReplacedStateTests {
    /// Where a source stands after a run in the midst of which something happens, and which of its records are remembered.
    private func outcome(
        _ name: String,
        _ between: @escaping @Sendable (ConnectorStore) async throws -> Void
    ) async throws -> (state: JSONValue?, records: [String]) {
        var outcome: (state: JSONValue?, records: [String]) = (nil, [])
        try await withTemporaryFolder { folder in
            let store = try ConnectorStore(path: "\(folder)/store.sqlite")
            InterruptedSource.between.withLock { $0[name] = { try await between(store) } }
            let catalog = Catalog(sources: [InterruptedSource.self], destinations: []) { _ in
                Surroundings(HTTPClient(), vault: MemoryVault())
            }
            let source = try ConfiguredSource(.init(name: name, type: "interrupted", values: [:]), catalog: catalog)
            let publisher = Publisher(log: InMemoryLog(producer: "connector"), store: store)
            let runner = SourceRunner(
                store: store,
                publisher: publisher,
                board: SourceBoard(),
                pauses: try await Pauses(store)
            )
            try await withThrowingTaskGroup { group in
                group.addTask { try await publisher.run() }
                try await runner.run(source)
                group.cancelAll()
            }
            let records = try await store.memory(of: name).records(["1", "2"], in: "p")
            outcome = (try await store.state(of: name), records.keys.sorted())
        }
        return outcome
    }

    @Test("goes on with each batch otherwise")
    func goesOn() async throws {
        let outcome = try await outcome("undisturbed") { _ in }
        #expect(outcome.state == ["page": 2])
        #expect(outcome.records == ["1", "2"])
    }

    @Test("is not put back by a run that was under way, nor is what that remembers of its records")
    func staysReplaced() async throws {
        let outcome = try await outcome("replaced") { store in
            try await store.replaceState(["page": 0], source: "replaced")
        }
        #expect(outcome.state == ["page": 0])
        #expect(outcome.records.isEmpty)
    }

    @Test("is not put back when the source is to begin anew")
    func staysReset() async throws {
        let outcome = try await outcome("reset") { store in try await store.replaceState(nil, source: "reset") }
        #expect(outcome.state == nil)
        #expect(outcome.records.isEmpty)
    }

    @Test("is not put back after a crash in an append that was under way")
    func staysAfterCrash() async throws {
        try await withTemporaryFolder { folder in
            let store = try ConnectorStore(path: "\(folder)/store.sqlite")
            let effect = Effects.SourceEffect(
                name: "crm",
                state: "2",
                records: 1,
                rejected: 0,
                request: nil,
                time: Timestamp(microseconds: 0),
                known: .init(state: nil)
            )
            try await store.note(Effects(source: effect), topic: "events", sequence: 1)
            try await store.replaceState(7, source: "crm")
            try await store.recover { _ in 1 }
            #expect(try await store.state(of: "crm") == 7)
            #expect(try await store.counts(of: "crm")?.records == 1)
        }
    }
}

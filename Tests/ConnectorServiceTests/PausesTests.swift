import ConnectorKit
import Curl
import Events
import MessageLog
import TestKit
import Testing

@testable import ConnectorService

/// A source whose other side wants to be left alone for an hour.
private struct WaitingSource: NativeSource {
    static let type = "waiting"
    static let summary = "Waits."
    static let settings: [SettingField] = []
    let interval: Duration? = .seconds(3600)

    init(_ setup: SourceSetup) throws(SettingsError) {}

    func read(from state: JSONValue?, emit: @Sendable (SourceBatch) async throws -> Void) async throws {
        try await Task.sleep(for: .seconds(3600))
    }
}

@Suite("The pauses of sources")
struct PausesTests {
    @Test("are taken over from others, unless something was said since those were read")
    func takesOver() async throws {
        try await withTemporaryFolder { folder in
            let store = try ConnectorStore(path: "\(folder)/store.sqlite")
            let pauses = try await Pauses(store)
            #expect(pauses.replace(by: ["shop"], readAfter: pauses.said) == ["shop"])

            let (said, read) = (pauses.said, try await store.pausedSources())
            try await pauses.set(true, "mail")
            #expect(pauses.replace(by: read, readAfter: said) == nil)
            #expect(pauses.contains("mail"))

            let names = try await store.pausedSources()
            #expect(pauses.replace(by: names, readAfter: pauses.said) == ["shop"])
            #expect(pauses.contains("mail") && !pauses.contains("shop"))
        }
    }

    @Test("end a run that waits for the other side, which is no failure", .timeLimit(.minutes(5)))
    func endsWaiting() async throws {
        try await withTemporaryFolder { folder in
            let store = try ConnectorStore(path: "\(folder)/store.sqlite")
            let (board, pauses) = (SourceBoard(), try await Pauses(store))
            let publisher = Publisher(log: InMemoryLog(producer: "connector"), store: store)
            let runner = SourceRunner(store: store, publisher: publisher, board: board, pauses: pauses)
            let catalog = Catalog(sources: [WaitingSource.self], destinations: []) { _ in
                Surroundings(HTTPClient(), vault: MemoryVault())
            }
            let source = try ConfiguredSource(.init(name: "shop", type: "waiting", values: [:]), catalog: catalog)
            let running = Task { try await runner.run(source) }
            while board["shop"].state != .running { try await Task.sleep(for: .milliseconds(5)) }
            try await pauses.set(true, "shop")
            try await running.value
            #expect(board["shop"].state == .idle && board["shop"].error == nil)
            #expect(try await store.counts(of: "shop")?.succeeded == nil)
        }
    }

    @Test("are to be looked at again when another look has ended meanwhile, whichever was the older one")
    func keepsNewer() async throws {
        try await withTemporaryFolder { folder in
            let pauses = try await Pauses(try ConnectorStore(path: "\(folder)/store.sqlite"))
            let said = pauses.said
            #expect(pauses.replace(by: ["mail"], readAfter: said) == ["mail"])
            #expect(pauses.replace(by: [], readAfter: said) == nil)
            #expect(pauses.contains("mail"))
        }
    }
}

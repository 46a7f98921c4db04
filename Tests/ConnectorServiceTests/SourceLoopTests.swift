import ConnectorKit
import Curl
import Events
import Foundation
import MessageLog
import ServiceLifecycle
import Synchronization
import TestKit
import Testing

@testable import ConnectorService

/// A source that does what its script says.
private struct ScriptedSource: NativeSource {
    static let type = "scripted"
    static let summary = "What a script says."
    static let settings: [SettingField] = []
    static let scripts = Mutex<[String: Script]>([:])
    let interval: Duration? = .seconds(3600)
    private let script: Script

    init(_ setup: SourceSetup) throws(SettingsError) {
        guard let script = Self.scripts.withLock({ $0[setup.name] }) else { throw .missing("script") }
        self.script = script
    }

    func read(from state: JSONValue?, emit: @Sendable (SourceBatch) async throws -> Void) async throws {
        script.happened.yield(.read)
    }

    func watch(_ news: @escaping @Sendable () -> Void) async throws {
        try await script.watch(news)
    }
}

/// How a source is watched, and what happened to it.
private struct Script: Sendable {
    enum Happening: Equatable {
        case read, watched, left
    }

    let happenings: AsyncStream<Happening>
    let happened: AsyncStream<Happening>.Continuation
    private let watching: @Sendable (_ news: @Sendable () -> Void) async throws -> Void

    init(_ watching: @escaping @Sendable (_ news: @Sendable () -> Void) async throws -> Void) {
        (happenings, happened) = AsyncStream.makeStream()
        self.watching = watching
    }

    func watch(_ news: @escaping @Sendable () -> Void) async throws {
        happened.yield(.watched)
        defer { happened.yield(.left) }
        try await watching(news)
    }
}

private struct Broken: Error {}

@Suite("The loop of a source")
struct SourceLoopTests {
    /// Runs the loop of a source with the script, and gives what happens, in its order, to the body.
    private func run(
        _ script: Script,
        _ body: (inout AsyncStream<Script.Happening>.Iterator, Bell, (Bool) async throws -> Void) async throws -> Void
    ) async throws {
        let name = UUID().uuidString
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("loop-\(name)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let source = try source(name, script)
        let log = try EmbeddedLog(directory: "\(directory.path)/log", producer: "connector")
        let store = try ConnectorStore(path: "\(directory.path)/store.sqlite")
        let pauses = try await Pauses(store)
        let publisher = Publisher(log: log, store: store)
        let runner = SourceRunner(store: store, publisher: publisher, board: SourceBoard(), pauses: pauses)
        let bell = Bell()
        var loop = SourceLoop(source: source, interval: .seconds(3600), runner: runner, bell: bell)
        loop.rewatching = RetryPolicy(first: .milliseconds(10), longest: .milliseconds(20))
        try await withThrowingTaskGroup { group in
            group.addTask { [loop] in await loop.run() }
            var happenings = script.happenings.makeAsyncIterator()
            try await body(&happenings, bell) { isPaused in
                try await pauses.set(isPaused, name)
                bell.ring()
            }
            group.cancelAll()
        }
        await log.close()
    }

    private func source(_ name: String, _ script: Script) throws -> ConfiguredSource {
        ScriptedSource.scripts.withLock { $0[name] = script }
        let catalog = Catalog(sources: [ScriptedSource.self], destinations: []) { _ in
            Surroundings(HTTPClient(), vault: MemoryVault())
        }
        return try ConfiguredSource(.init(name: name, type: "scripted", values: [:]), catalog: catalog)
    }

    /// How often each of the happenings came until the last of them had come so often.
    private func count(
        _ happenings: inout AsyncStream<Script.Happening>.Iterator,
        until last: Script.Happening,
        times: Int
    ) async -> [Script.Happening: Int] {
        var counts: [Script.Happening: Int] = [:]
        while counts[last, default: 0] < times, let next = await happenings.next() { counts[next, default: 0] += 1 }
        return counts
    }

    @Test("reads a source at once when it has news, however long its interval is", .timeLimit(.minutes(5)))
    func readsNews() async throws {
        let script = Script { news in
            for _ in 0..<100 { news() }
            try await Task.sleep(for: .seconds(3600))
        }
        try await run(script) { happenings, _, _ in
            #expect(await count(&happenings, until: .read, times: 2)[.watched] == 1)
        }
    }

    @Test("begins a watch that breaks off again, which is no failure of the source", .timeLimit(.minutes(5)))
    func watchesAgain() async throws {
        let attempts = Atomic(0)
        let script = Script { news in
            if attempts.add(1, ordering: .relaxed).newValue <= 5 { throw Broken() }
            news()
            try await Task.sleep(for: .seconds(3600))
        }
        try await run(script) { happenings, _, _ in
            #expect(await count(&happenings, until: .read, times: 2) == [.read: 2, .watched: 6, .left: 5])
        }
    }

    @Test("leaves a source alone that has no watch", .timeLimit(.minutes(5)))
    func doesWithout() async throws {
        try await run(Script { _ in }) { happenings, bell, _ in
            #expect(await count(&happenings, until: .left, times: 1)[.watched] == 1)
            bell.ring()
            let rest = await count(&happenings, until: .read, times: 1)
            #expect(rest[.watched] == nil)
        }
    }

    @Test("neither reads nor watches a source that is paused", .timeLimit(.minutes(5)))
    func pauses() async throws {
        let script = Script { _ in try await Task.sleep(for: .seconds(3600)) }
        try await run(script) { happenings, _, pause in
            let first = await count(&happenings, until: .read, times: 1)
            // Either may come before the other.
            if first[.watched] == nil { _ = await count(&happenings, until: .watched, times: 1) }
            try await pause(true)
            #expect(await count(&happenings, until: .left, times: 1)[.read] == nil)
            try await pause(false)
            #expect(await count(&happenings, until: .read, times: 1)[.left] == nil)
        }
    }

    @Test("says of a source that is paused that it rests, whoever read it before", .timeLimit(.minutes(5)))
    func restsPaused() async throws {
        let name = UUID().uuidString
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("paused-\(name).sqlite").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let store = try ConnectorStore(path: path)
        try await store.setPaused(true, source: name)
        let publisher = Publisher(log: InMemoryLog(producer: "connector"), store: store)
        let (board, pauses) = (SourceBoard(), try await Pauses(store))
        let runner = SourceRunner(store: store, publisher: publisher, board: board, pauses: pauses)
        board.update(name) { $0.state = .running }
        let source = try source(name, Script { _ in })
        let loop = SourceLoop(source: source, interval: .seconds(3600), runner: runner, bell: Bell())
        try await withThrowingTaskGroup { group in
            group.addTask { await loop.run() }
            while board[name].state == .running { try await Task.sleep(for: .milliseconds(5)) }
            group.cancelAll()
        }
    }
}

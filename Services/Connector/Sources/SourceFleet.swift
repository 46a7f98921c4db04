import ConnectorKit
import Membership
import ServiceLifecycle
import Synchronization

/// Runs every source that is read from, again and again, and every import once; of several connectors one has a source at a time,
/// and one all imports.
final class SourceFleet: Service {
    static let imports = "imports"

    let sources: [ConfiguredSource]
    let membership: Membership
    private let runner: SourceRunner
    private let bells: [String: Bell]
    private let importBell = Bell()

    init(sources: [ConfiguredSource], runner: SourceRunner, membership: Membership) {
        self.sources = sources
        self.runner = runner
        self.membership = membership
        bells = Dictionary(uniqueKeysWithValues: sources.map { ($0.name, Bell()) })
    }

    subscript(name: String) -> ConfiguredSource? {
        sources.first { $0.name == name }
    }

    static func lease(of source: String) -> String { "source/\(source)" }

    /// Whether this process reads the source, so that it knows itself what that is doing.
    func reads(_ name: String) -> Bool { membership.held.contains(Self.lease(of: name)) }

    /// Runs a source now, or as soon as its run under way is over.
    func wake(_ name: String) {
        bells[name]?.ring()
    }

    /// Looks for imports that are to be run, beside everything else.
    func wakeImports() {
        importBell.ring()
    }

    func run() async throws {
        try await cancelWhenGracefulShutdown { [self] in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for source in sources {
                    guard let interval = source.source.interval, let bell = bells[source.name] else { continue }
                    let loop = SourceLoop(source: source, interval: interval, runner: runner, bell: bell)
                    group.addTask { try await self.follow(source, loop) }
                }
                group.addTask { try await self.runImports() }
                // Not `waitForAll`, which would tell of one that has failed only when all others have ended.
                for try await _ in group {}
            }
        }
    }

    private func follow(_ source: ConfiguredSource, _ loop: SourceLoop) async throws {
        try await membership.hold(Self.lease(of: source.name)) { [runner] term in
            // Where the source stands is not certain before it is settled what a gone member was at.
            while !term.isEnding, try await runner.store.isInDoubt(source.stateName) {
                await term.wait(atMost: .milliseconds(200))
            }
            try await term.cancelWhenEnding { await loop.run() }
        }
    }

    // MARK: Imports

    private func runImports() async throws {
        try await membership.hold(Self.imports) { term in
            try await term.cancelWhenEnding { try await self.runImportsAsTheyCome() }
        }
    }

    private func runImportsAsTheyCome() async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            var begun: Set<String> = []
            group.addTask { await self.hasImports() }
            while let isNews = try await group.next() {
                guard isNews, !Task.isCancelled else { continue }
                for row in try await runner.store.unfinishedImports() where begun.insert(row.id).inserted {
                    guard let file = try await runner.file(of: row) else { continue }
                    group.addTask {
                        try await self.untilCertain(of: file.source)
                        try await self.runner.run(file)
                        return false
                    }
                }
                group.addTask { await self.hasImports(atOnce: false) }
            }
        }
    }

    /// Returns once it is settled what a gone member was at, as for a source: what that one has read is not read again.
    private func untilCertain(of source: ConfiguredSource) async throws {
        while try await runner.store.isInDoubt(source.stateName) { try await Task.sleep(for: .milliseconds(200)) }
    }

    /// Returns once there may be imports.
    private func hasImports(atOnce: Bool = true) async -> Bool {
        if !atOnce { await importBell.wait() }
        return true
    }
}

import ConnectorKit
import ServiceLifecycle
import Synchronization

/// Runs every source that is read from, again and again, and every import once.
final class SourceFleet: Service {
    let sources: [ConfiguredSource]
    private let runner: SourceRunner
    private let bells: [String: Bell]
    private let waiting = Mutex<[Import]>([])
    private let importBell = Bell()

    init(sources: [ConfiguredSource], runner: SourceRunner) {
        self.sources = sources
        self.runner = runner
        bells = Dictionary(uniqueKeysWithValues: sources.map { ($0.name, Bell()) })
    }

    subscript(name: String) -> ConfiguredSource? {
        sources.first { $0.name == name }
    }

    /// Runs a source now, or as soon as its run under way is over.
    func wake(_ name: String) {
        bells[name]?.ring()
    }

    /// Imports a file, beside everything else.
    func start(_ file: Import) {
        waiting.withLock { $0.append(file) }
        importBell.ring()
    }

    func run() async throws {
        try await cancelWhenGracefulShutdown { [self] in
            for row in try await runner.store.unfinishedImports() { start(try Import(row)) }
            try await withThrowingDiscardingTaskGroup { group in
                for source in sources {
                    guard let interval = source.source.interval, let bell = bells[source.name] else { continue }
                    let loop = SourceLoop(source: source, interval: interval, runner: runner, bell: bell)
                    group.addTask { await loop.run() }
                }
                while !Task.isCancelled {
                    let files = waiting.withLock { waiting in
                        defer { waiting = [] }
                        return waiting
                    }
                    for file in files { group.addTask { try await self.runner.run(file) } }
                    await importBell.wait()
                }
                group.cancelAll()
            }
        }
    }
}

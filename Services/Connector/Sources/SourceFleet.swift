import ConnectorKit
import Logging
import ServiceKit
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
                    group.addTask { try await self.keepRunning(source, every: interval, bell) }
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

    private func keepRunning(_ source: ConfiguredSource, every interval: Duration, _ bell: Bell) async throws {
        var failures = 0
        while !Task.isCancelled {
            if runner.pauses.contains(source.stateName) {
                await bell.wait()
                continue
            }
            guard let asked = try await attempt(source) else {
                failures = 0
                await bell.wait(atMost: interval)
                continue
            }
            failures += 1
            let pause = min(.seconds(1 << min(failures, 9)), max(interval, .seconds(300)))
            // Half of it by chance, so that sources that fail together do not come back together.
            await bell.wait(atMost: max(asked, pause * Double.random(in: 0.5...1)))
        }
    }

    /// Reads a source; when that fails, how long the other side wants to be left alone at least.
    private func attempt(_ source: ConfiguredSource) async throws -> Duration? {
        do {
            try await runner.run(source)
            return nil
        } catch is CancellationError {
            return .zero
        } catch {
            guard !Task.isCancelled else { return .zero }
            Logger.current.warning(
                "A source could not be read",
                metadata: ["source.name": "\(source.name)", "error": "\(error.withoutData)"]
            )
            return (error as? ConnectorFailure)?.retryAfter ?? .zero
        }
    }
}

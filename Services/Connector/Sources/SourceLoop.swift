import ConnectorKit
import Logging
import ServiceKit

/// Reads one source again and again: by its interval, and at once when it has news or somebody asks for it.
///
/// A source that is paused is neither read nor watched.
struct SourceLoop: Sendable {
    /// However much news there is, the runs begin no closer together.
    private static let pace = Duration.seconds(1)
    /// A watch that lasted so long was a good one, and what ended it has nothing to do with what failed before.
    private static let goodWatch = Duration.seconds(300)

    let source: ConfiguredSource
    let interval: Duration
    let runner: SourceRunner
    /// Rings when somebody wants the source to be read, paused or resumed.
    let bell: Bell
    var rereading = RetryPolicy(first: .seconds(2), longest: .seconds(300))
    var rewatching = RetryPolicy(first: .seconds(1), longest: .seconds(3600))
    private let news = Bell()

    init(source: ConfiguredSource, interval: Duration, runner: SourceRunner, bell: Bell) {
        self.source = source
        self.interval = interval
        self.runner = runner
        self.bell = bell
    }

    /// Goes on until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            guard !isPaused else {
                // Whoever read it before may have died over it.
                runner.board.update(source.stateName) { if $0.state == .running { $0.state = .idle } }
                await bell.wait()
                continue
            }
            await withDiscardingTaskGroup { group in
                group.addTask { await watch() }
                await read()
                group.cancelAll()
            }
        }
    }

    private var isPaused: Bool { runner.pauses.contains(source.stateName) }

    // MARK: Reading

    private func read() async {
        var failures = 0
        while !Task.isCancelled, !isPaused {
            let began = ContinuousClock.now
            if let asked = await attempt() {
                failures += 1
                // Half of it by chance, so that sources that fail together do not come back together. News do not shorten it.
                await bell.wait(atMost: max(asked, rereading.pause(after: failures, random: .random(in: 0...1))))
            } else {
                failures = 0
                await Bell.wait(forAnyOf: [bell, news], atMost: interval)
                try? await Task.sleep(until: began + min(Self.pace, interval), clock: .continuous)
            }
        }
    }

    /// Reads the source; when that fails, how long the other side wants to be left alone at least.
    private func attempt() async -> Duration? {
        do {
            try await runner.run(source)
            return nil
        } catch is CancellationError {
            return .zero
        } catch {
            guard !Task.isCancelled else { return .zero }
            Logger.current.warning("A source could not be read", metadata: metadata(error))
            return (error as? ConnectorFailure)?.retryAfter ?? .zero
        }
    }

    // MARK: Watching

    /// Has the source say when there is something new; a watch that breaks off begins again, later each time.
    private func watch() async {
        var failures = 0
        while !Task.isCancelled {
            let began = ContinuousClock.now
            do {
                return try await source.source.watch { news.ring() }
            } catch {
                guard !Task.isCancelled else { return }
                if .now - began >= Self.goodWatch { failures = 0 }
                failures += 1
                if failures == 1 {
                    Logger.current.info(
                        "A source is read by its interval only until it can be watched",
                        metadata: metadata(error)
                    )
                }
                try? await Task.sleep(for: rewatching.pause(after: failures, random: .random(in: 0...1)))
            }
        }
    }

    private func metadata(_ error: any Error) -> Logger.Metadata {
        ["source.name": "\(source.name)", "error": "\(error.withoutData)"]
    }
}

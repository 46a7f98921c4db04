import Logging
public import MessageLog
public import ServiceLifecycle
import Topics

/// Takes persons out of what instances have on the log that are gone for good, as somebody has said on `control`.
///
/// It does so as the gone instance, whose partitions it opens for that long. Any number of processes may try: the log lets one at a
/// time, and none while the instance is there after all.
public struct RetiredLanes: Service {
    /// Takes whoever is to be forgotten out of the lanes of the instance as which the log was opened.
    public typealias Erasing = @Sendable (_ log: any MessageLog, _ instance: String) async throws -> Void

    private let log: any MessageLog
    private let control: ControlFollower
    private let pause: Duration
    private let open: @Sendable (_ instance: String) async throws -> any MessageLog
    private let erasing: Erasing

    /// Looks after the lanes of retired instances.
    ///
    /// - Parameters:
    ///   - pause: How long it waits after a failure.
    ///   - open: Opens the log as another instance.
    public init(
        log: any MessageLog,
        control: ControlFollower,
        pause: Duration = .seconds(15),
        open: @escaping @Sendable (_ instance: String) async throws -> any MessageLog,
        erasing: @escaping Erasing
    ) {
        self.log = log
        self.control = control
        self.pause = pause
        self.open = open
        self.erasing = erasing
    }

    /// Erases whoever is to be erased until shutdown.
    public func run() async throws {
        let news = control.news
        await cancelWhenGracefulShutdown {
            for await _ in news {
                while await !isDone(), !Task.isCancelled { try? await Task.sleep(for: pause) }
            }
        }
    }

    /// Erases whoever is to be erased now; false when that is to be tried again.
    private func isDone() async -> Bool {
        var isDone = true
        for instance in waiting {
            do {
                try await erase(instance)
            } catch {
                if Task.isCancelled { return true }
                isDone = false
                Logger.current.warning(
                    "Could not erase persons from what a retired instance has on the log yet",
                    metadata: ["log.instance": "\(instance)", "error": "\(error)"]
                )
            }
        }
        return isDone
    }

    private var waiting: [String] {
        control.book.retired.filter { !control.erasures(waitingFor: $0).isEmpty }.sorted()
    }

    private func erase(_ instance: String) async throws {
        guard try await log.owners().contains(instance) else { return }
        let lanes = try await open(instance)
        try await lanes.closing { try await erasing(lanes, instance) }
    }
}

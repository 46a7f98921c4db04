import Events
import Membership
import ServiceKit
import ServiceLifecycle
import Synchronization

/// Keeps the connectors of a group informed of each other: what the sources do, which are paused or asked for, and what there is to deliver.
///
/// A connector that has its store for itself knows all of that anyway.
struct Liaison: Service {
    private static let pause = Duration.milliseconds(500)

    let store: ConnectorStore
    let fleet: SourceFleet
    let runner: SourceRunner
    let desk: DeliveryDesk
    private let asked = Asked()

    init(store: ConnectorStore, fleet: SourceFleet, runner: SourceRunner, desk: DeliveryDesk) {
        self.store = store
        self.fleet = fleet
        self.runner = runner
        self.desk = desk
    }

    func run() async throws {
        guard fleet.membership.isShared else {
            try? await gracefulShutdown()
            return
        }
        try await cancelWhenGracefulShutdown {
            while true {
                try await tell()
                try await learn()
                let due = try await store.dueDestinations(
                    among: desk.destinations.map(\.name),
                    at: SystemClock.now()
                )
                desk.wake(due, hasPublished: false)
                fleet.wakeImports()
                try await Task.sleep(for: Self.pause)
            }
        }
    }

    /// Learns what has changed elsewhere; whoever only asks waits for nobody who writes.
    func learn() async throws {
        guard fleet.membership.isShared else { return }
        while true {
            let said = runner.pauses.said
            let news = try await store.news()
            for (name, status) in news.statuses where !fleet.reads(name) { runner.board.learn(name, status) }
            // Somebody else who learns at the same time may have read before what this one has read.
            guard let changed = runner.pauses.replace(by: news.paused, readAfter: said) else { continue }
            for name in changed { fleet.wake(name) }
            for name in asked.replace(by: news.asked) { fleet.wake(name) }
            return
        }
    }

    /// Tells what has changed here; while the store has no room one waits for it, and no more.
    func tell() async throws {
        guard !store.room.isAwaited else { return }
        try await store.tell(runner.board.takeChanges())
    }

    /// Has a source read at once, whoever reads it.
    func ask(for source: String) async throws {
        fleet.wake(source)
        if fleet.membership.isShared { try await store.ask(for: source) }
    }
}

/// How often each source was asked for, as far as it is known here.
private final class Asked: Sendable {
    private let known = Mutex<[String: Int64]?>(nil)

    /// Those that were asked for since the last call; none at the first one.
    func replace(by counts: [String: Int64]) -> [String] {
        known.withLock { known in
            defer { known = counts }
            guard let known else { return [] }
            return counts.filter { $0.value > known[$0.key] ?? 0 }.map(\.key)
        }
    }
}

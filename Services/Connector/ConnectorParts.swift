import Hummingbird
import Membership
import MessageLog
import ServiceKit
import ServiceLifecycle

/// What a connector is made of: its sources, its destinations, and what they share.
struct ConnectorParts: Sendable {
    private let process: ServiceProcess
    private let log: any MessageLog
    private let store: ConnectorStore
    private let membership: Membership
    private let keys: KeyRing
    private let forgetting: Forgetting
    private let publisher: Publisher
    private let outbox: Outbox
    private let runner: SourceRunner
    private let fleet: SourceFleet
    private let desk: DeliveryDesk
    private let liaison: Liaison
    private let notice: WaitNotice

    /// The parts around a store that agrees with the log.
    init(
        _ process: ServiceProcess,
        log: any MessageLog,
        store: ConnectorStore,
        membership: Membership,
        forgetting: Forgetting,
        configured: (sources: [ConfiguredSource], destinations: [ConfiguredDestination])
    ) async throws {
        self.process = process
        self.log = log
        self.store = store
        self.membership = membership
        self.forgetting = forgetting
        keys = KeyRing(log: log, readiness: process.readiness)
        notice = process.logNotice()
        publisher = Publisher(log: log, store: store, gate: forgetting.gate, notice: notice)
        outbox = Outbox(store: store, publisher: publisher)
        let pauses = try await Pauses(store)
        runner = SourceRunner(store: store, publisher: publisher, board: SourceBoard(), pauses: pauses)
        fleet = SourceFleet(sources: configured.sources, runner: runner, membership: membership)
        desk = DeliveryDesk(
            destinations: configured.destinations,
            store: store,
            outbox: outbox,
            gate: forgetting.gate,
            membership: membership
        )
        liaison = Liaison(store: store, fleet: fleet, runner: runner, desk: desk)
    }

    /// What is to run, each after what it needs.
    var services: [any Service] {
        [membership, keys, forgetting.control, publisher, outbox, desk, commands, fleet, liaison, heir, eraser]
    }

    /// Answers vendors, who send webhooks, and operators.
    func makeRouter(reload: Reload) -> Router<BasicRequestContext> {
        let metrics = ConnectorMetrics(fleet: fleet, runner: runner, desk: desk, store: store)
        let router = process.makeRouter(
            describing: ConnectorMetrics.descriptions,
            measuring: metrics.measurements,
            errors: ErrorMiddleware { .ofService($0) }
        )
        let trail = AuditTrail(log: log, keys: keys) { .ofService($0) }
        process.addDesks(to: router, trail: trail) { [store] in try store.copy(to: $0) }
        ConnectorAPI(
            fleet: fleet,
            runner: runner,
            desk: desk,
            liaison: liaison,
            store: store,
            keys: keys,
            trail: trail,
            reload: reload
        )
        .addRoutes(to: router)
        return router
    }

    private var commands: CommandReader {
        CommandReader(
            log: log,
            store: store,
            desk: desk,
            consumer: process.group,
            readiness: process.readiness,
            gate: forgetting.gate,
            membership: membership,
            notice: notice
        )
    }

    private var heir: Heir {
        Heir(process, membership: membership, log: log, forgetting: forgetting, estate: store.estate(outbox))
    }

    private var eraser: LaneEraser {
        forgetting.eraser { [store, forgetting, desk] people in
            try await store.forget(people.map { forgetting.traces(of: $0) })
            // What waited behind deliveries that are dropped.
            desk.wakeAll()
        }
    }
}

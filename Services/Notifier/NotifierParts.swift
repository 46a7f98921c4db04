import Hummingbird
import Membership
import MessageLog
import ServiceKit
import ServiceLifecycle

/// What a notifier is made of.
struct NotifierParts: Sendable {
    let process: ServiceProcess
    let log: any MessageLog
    let store: NotifierStore
    let membership: Membership
    let keys: KeyRing
    let forgetting: Forgetting
    let rules: RulesFile
    let handler: TriggerHandler
    let metrics: NotifierMetrics
    let notice: WaitNotice
    private let signal = OutboxSignal()

    /// What is to run, each after what it needs.
    var services: [any Service] {
        [membership, keys, forgetting.control, rules, publisher, consumer, heir, eraser]
    }

    /// Answers what operators ask.
    func makeRouter() -> Router<BasicRequestContext> {
        let router = process.makeRouter(
            describing: NotifierMetrics.descriptions,
            measuring: [NotifierMetrics.outbox(of: store), membership.measurement(for: process.name)],
            errors: ErrorMiddleware { .ofService($0) }
        )
        let trail = AuditTrail(log: log, keys: keys) { .ofService($0) }
        process.addDesks(to: router, trail: trail) { [store] in try store.copy(to: $0) }
        StatusRoute(trail: trail, rules: rules, store: store).add(to: router)
        return router
    }

    private var publisher: OutboxPublisher {
        OutboxPublisher(
            log: log,
            store: store,
            signal: signal,
            logger: process.logger,
            gate: forgetting.gate,
            notice: notice
        )
    }

    private var consumer: ChangeConsumer {
        ChangeConsumer(
            log: log,
            store: store,
            rules: rules,
            handler: handler,
            published: signal,
            name: process.group,
            readiness: process.readiness,
            logger: process.logger,
            metrics: metrics,
            control: forgetting.control,
            membership: membership,
            notice: notice
        )
    }

    private var heir: Heir {
        Heir(process, membership: membership, log: log, forgetting: forgetting, estate: store.estate(signal))
    }

    private var eraser: LaneEraser {
        forgetting.eraser { [store, forgetting] people in
            try await store.forget(people.map { forgetting.traces(of: $0) })
        }
    }
}

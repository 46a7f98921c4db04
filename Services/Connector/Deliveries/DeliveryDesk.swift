import ConnectorKit
import Events
import Logging
import Membership
import Metrics
import ServiceKit
import ServiceLifecycle
import Topics

/// Delivers commands: each destination has workers of its own, so that a slow one holds up no other; of several connectors one
/// has a destination at a time.
final class DeliveryDesk: Service {
    /// The code of a command whose destination does not exist.
    static let unknown = "unknown_destination"

    static func reason(ofUnknown destination: String) -> String { "There is no destination “\(destination)”." }

    let destinations: [ConfiguredDestination]
    private let store: ConnectorStore
    private let outbox: Outbox
    private let gate: SuppressionGate
    private let membership: Membership
    /// One for each worker.
    private let bells: [String: [Bell]]

    init(
        destinations: [ConfiguredDestination],
        store: ConnectorStore,
        outbox: Outbox,
        gate: SuppressionGate,
        membership: Membership
    ) {
        self.membership = membership
        self.destinations = destinations
        self.store = store
        self.outbox = outbox
        self.gate = gate
        bells = Dictionary(
            uniqueKeysWithValues: destinations.map { destination in
                (destination.name, (0..<destination.delivery.concurrency).map { _ in Bell() })
            }
        )
    }

    private static func lease(of destination: String) -> String { "destination/\(destination)" }

    func serves(_ destination: String) -> Bool { bells[destination] != nil }

    /// Says that there are deliveries for these destinations, or something in the outbox.
    func wake(_ destinations: Set<String>, hasPublished: Bool) {
        for bell in destinations.flatMap({ bells[$0] ?? [] }) { bell.ring() }
        if hasPublished { outbox.ring() }
    }

    /// Says that there may be deliveries for any destination.
    func wakeAll() { wake(Set(bells.keys), hasPublished: false) }

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for destination in destinations {
                group.addTask {
                    try await self.membership.hold(Self.lease(of: destination.name)) { term in
                        try await self.serve(destination, term)
                    }
                }
            }
            // Without any destination this keeps the service, and with it the process, running.
            group.addTask { try await self.forgetOld() }
            // Not `waitForAll`, which would tell of one that has failed only when all others have ended.
            for try await _ in group {}
        }
    }

    /// Forgets once a day what ended more than a month ago, until the service is to end.
    private func forgetOld() async throws {
        let (day, month): (Duration, Int64) = (.seconds(86_400), 30 * 86_400_000_000)
        do {
            try await cancelWhenGracefulShutdown { [store] in
                while true {
                    let end = Timestamp(microseconds: SystemClock.now().microseconds - month)
                    while try await store.forgetDeliveries(before: end) {}
                    try await Task.sleep(for: day)
                }
            }
        } catch is CancellationError {
            // Asked to stop.
        }
    }

    private func isKnown(_ destination: String) -> Bool {
        serves(destination) || membership.isHeld(Self.lease(of: destination))
    }

    /// Ends what waits for destinations that there are no more; otherwise it would wait for ever, and nobody would know.
    ///
    /// One that another connector delivers to is only not known here yet.
    func endUnknown() async throws {
        for name in try await store.waitingDestinations() where !isKnown(name) {
            try await store.resumeDeliveries(for: name)
            let ever = Timestamp(microseconds: .max)
            while let delivery = try await store.begin(for: name, at: SystemClock.now(), due: ever) {
                if await gate.isSuppressed(delivery.command) {
                    try await store.drop(delivery.command.id)
                } else {
                    try await end(delivery, .failed(reason: Self.reason(ofUnknown: name)), Self.unknown)
                }
            }
        }
    }

    private enum End {
        case worker
        case patience
    }

    /// Runs a destination's workers until the term is to end and they have ended their attempts, or patience has ended.
    private func serve(_ destination: ConfiguredDestination, _ term: Term) async throws {
        let made = destination.destination
        let cutOff = try await store.resumeDeliveries(for: destination.name) { made.isRepeatable($0) }
        let bells = bells[destination.name] ?? []
        try await withThrowingTaskGroup(of: End.self) { group in
            for bell in bells {
                group.addTask {
                    try await self.work(for: destination, bell, term)
                    return .worker
                }
            }
            group.addTask {
                try await self.end(cutOff)
                return .worker
            }
            group.addTask {
                await term.untilEnding()
                for bell in bells { bell.ring() }
                try? await Task.sleep(for: .seconds(3))
                return .patience
            }
            var left = bells.count + 1
            while left > 0, try await group.next() == .worker { left -= 1 }
            group.cancelAll()
        }
    }

    /// Ends attempts that were under way when whoever made them ended, at what must not be done twice.
    private func end(_ cutOff: [Delivery]) async throws {
        for delivery in cutOff {
            let isSuppressed = await gate.isSuppressed(delivery.command)
            // Then it may not be known yet who is to be forgotten; it is looked at again after the next start.
            guard !Task.isCancelled else { return }
            if isSuppressed {
                try await store.drop(delivery.command.id)
            } else {
                let reason = DeliveryOutcome.reason(ofUncertain: "The connector ended during the attempt.")
                try await end(delivery, .failed(reason: reason), "rejected")
            }
        }
        // What has waited behind them.
        if !cutOff.isEmpty { wakeAll() }
    }

    private func work(for destination: ConfiguredDestination, _ bell: Bell, _ term: Term) async throws {
        while !Task.isCancelled, !term.isEnding {
            let now = SystemClock.now()
            if let delivery = try await store.begin(for: destination.name, at: now) {
                let rest = try await attempt(delivery, destination)
                // Whatever comes next is not asked either.
                if let rest { await bell.wait(atMost: rest) }
            } else {
                let due = try await store.nextDue(for: destination.name)
                await bell.wait(atMost: due.map { .microseconds(max($0.microseconds - now.microseconds, 1000)) })
            }
        }
    }

    /// Makes an attempt; how long the destination is to be left alone, if nobody was asked for that.
    private func attempt(_ delivery: Delivery, _ destination: ConfiguredDestination) async throws -> Duration? {
        let command = delivery.command
        guard await !gate.isSuppressed(command) else {
            // Nothing is published of it: that would tell of the person again.
            try await store.drop(command.id)
            return nil
        }
        guard SystemClock.now() < command.notAfter else {
            let reason = "It was too late: \(command.notAfter) has passed."
            try await end(delivery, .failed(reason: reason), "expired")
            return nil
        }
        guard !Task.isCancelled else {
            // By whoever begins next it would be taken for one in which somebody may have been asked.
            _ = try await Task { try await self.putOff(delivery, for: .zero, "It was cut off.") }.value
            return nil
        }
        let start = ContinuousClock.now
        let outcome = await destination.destination.deliver(command)
        if Task.isCancelled, case .retry = outcome, destination.destination.isRepeatable(command) {
            // A cancelled attempt says nothing; it is made again after the next start.
            return nil
        }
        Metrics.Timer(label: "kith_connector_delivery_seconds", dimensions: [("destination", destination.name)])
            .recordNanoseconds((ContinuousClock.now - start).microseconds * 1000)
        // What has become of it is noted also when the attempt is cancelled, by which a store may end what it is at.
        return try await Task { try await self.note(outcome, of: delivery, destination) }.value
    }

    /// Notes what has become of an attempt; how long the destination is to be left alone, if nobody was asked.
    private func note(
        _ outcome: DeliveryOutcome,
        of delivery: Delivery,
        _ destination: ConfiguredDestination
    ) async throws -> Duration? {
        switch outcome {
        case .delivered(let detail, let links):
            try await end(delivery, .delivered(detail: detail), links: links, "delivered")
        case .rejected(let reason): try await end(delivery, .failed(reason: reason), "rejected")
        case .retry(let pause, let reason): try await retry(delivery, destination, after: pause, reason)
        case .putOff(let pause, let reason):
            return try await putOff(delivery, for: pause, reason) ? pause : nil
        }
        return nil
    }

    private func retry(
        _ delivery: Delivery,
        _ destination: ConfiguredDestination,
        after pause: Duration?,
        _ reason: String
    ) async throws {
        let decision = destination.delivery.retry.decide(
            after: delivery.attempt,
            at: SystemClock.now(),
            notAfter: delivery.command.notAfter,
            asked: pause,
            random: Double.random(in: 0...1)
        )
        switch decision {
        case .retry(let time): try await end(delivery, .again(at: time, reason: reason), "retried")
        case .giveUp: try await giveUp(delivery, reason)
        }
    }

    /// Whether it can wait so long.
    private func putOff(_ delivery: Delivery, for pause: Duration, _ reason: String) async throws -> Bool {
        let time = Timestamp(microseconds: SystemClock.now().microseconds + pause.microseconds)
        guard time < delivery.command.notAfter else {
            try await giveUp(delivery, reason)
            return false
        }
        try await store.takeBack(delivery, until: time, reason: reason)
        return true
    }

    private func giveUp(_ delivery: Delivery, _ reason: String) async throws {
        let reason = "The next attempt would come after \(delivery.command.notAfter). \(reason)"
        try await end(delivery, .failed(reason: reason), "expired")
    }

    private func end(
        _ delivery: Delivery,
        _ end: DeliveryEnd,
        links: [Identifier] = [],
        _ outcome: String
    ) async throws {
        let now = SystemClock.now()
        let records =
            switch end {
            case .delivered(let detail): OutcomeRecords.delivered(delivery, detail: detail, links: links, at: now)
            case .failed(let reason): OutcomeRecords.failed(delivery, code: outcome, reason: reason, at: now)
            case .again: [OutboxRecord]()
            }
        try await store.end(delivery, end, publishing: records, at: now)
        if !records.isEmpty { outbox.ring() }
        let name = delivery.command.destination
        Counter(label: "kith_connector_deliveries_total", dimensions: [("destination", name), ("outcome", outcome)])
            .increment()
        let trace = delivery.command.trace?.traceID ?? ""
        guard case .failed = end else {
            return Logger.current.debug(
                "Made an attempt",
                metadata: [
                    "trace.id": "\(trace)", "destination.name": "\(name)", "command.id": "\(delivery.command.id)",
                    "delivery.outcome": "\(outcome)",
                ]
            )
        }
        // Not the reason, in which a server may repeat the person's address.
        Logger.current.warning(
            "Gave up a delivery",
            metadata: [
                "trace.id": "\(trace)", "destination.name": "\(name)", "command.id": "\(delivery.command.id)",
                "delivery.outcome": "\(outcome)",
            ]
        )
    }
}

import ConnectorKit
import Events
import Membership
import ServiceKit
import Store

/// What is looked up of sources and deliveries when somebody asks for the metrics.
struct ConnectorMetrics: Sendable {
    let fleet: SourceFleet
    let runner: SourceRunner
    let desk: DeliveryDesk
    let store: ConnectorStore

    /// What the names mean.
    static let descriptions = Membership.descriptions(for: "connector").merging(own) { own, _ in own }

    private static let own = [
        "kith_connector_records_total": "Records of sources, by what became of them.",
        "kith_connector_delivery_seconds": "Time that an attempt of a delivery took.",
        "kith_connector_deliveries_total": "Attempts of deliveries, by outcome.",
        "kith_connector_deliveries_pending": "Deliveries that wait or are under way.",
        "kith_connector_source_last_success_timestamp_seconds": "When a source was last read to its end, since 1970.",
        "kith_connector_source_interval_seconds": "How often a source is read.",
        "kith_connector_source_failing": "1 when the last run of a source failed, until one comes to its end.",
        "kith_connector_source_paused": "1 when a source is paused.",
        "kith_connector_outbox_records": "Records that wait to be put on the log.",
    ]

    var measurements: [Measurement] {
        [
            measurement { try await measureSources(into: $0) }, measurement { try await measureDeliveries(into: $0) },
            fleet.membership.measurement(for: "connector"),
        ]
    }

    private typealias Samples = [(labels: [(String, String)], value: Double)]

    private func measureSources(into registry: PrometheusRegistry) async throws {
        var (successes, failing, paused, intervals): (Samples, Samples, Samples, Samples) = ([], [], [], [])
        for source in fleet.sources {
            let labels = [("source", source.name)]
            let status = runner.board[source.stateName]
            failing.append((labels, status.isFailing ? 1 : 0))
            paused.append((labels, runner.pauses.contains(source.stateName) ? 1 : 0))
            if let interval = source.source.interval { intervals.append((labels, interval / .seconds(1))) }
            let stored = try await store.counts(of: source.stateName)?.succeeded
            guard let last = status.succeeded ?? stored else { continue }
            successes.append((labels, Double(last.microseconds) / 1e6))
        }
        registry.gauge("kith_connector_source_last_success_timestamp_seconds", successes)
        registry.gauge("kith_connector_source_interval_seconds", intervals)
        registry.gauge("kith_connector_source_failing", failing)
        registry.gauge("kith_connector_source_paused", paused)
    }

    private func measureDeliveries(into registry: PrometheusRegistry) async throws {
        var pending: Samples = []
        for destination in desk.destinations {
            pending.append(
                ([("destination", destination.name)], Double(try await store.pending(for: destination.name)))
            )
        }
        registry.gauge("kith_connector_deliveries_pending", pending)
        registry.gauge("kith_connector_outbox_records", Double(try await store.waiting()))
    }
}

extension ConnectorStore {
    /// How many deliveries of a destination wait, be it for their turn, or are under way.
    func pending(for destination: String) async throws -> Int {
        try await read { db in
            try db.value("SELECT count(*) FROM delivery WHERE destination = ? AND state < 2", [destination]) ?? 0
        }
    }

    /// How many records wait to be put on the log.
    fileprivate func waiting() async throws -> Int {
        try await read { db in try db.value("SELECT count(*) FROM outbox") ?? 0 }
    }
}

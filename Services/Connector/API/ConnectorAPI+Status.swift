import ConnectorKit
import Events
import Hummingbird
import ServiceKit
import Topics

extension ConnectorAPI {
    /// What every source and every destination is doing.
    func status(_ request: Request) async throws -> Response {
        try trail.requireReader(request)
        try await liaison.learn()
        var given: [String: SourceCounts] = [:]
        for source in fleet.sources { given[source.name] = try await store.counts(of: source.name) }
        let counts = try await store.deliveryCounts()
        let problems = try await store.deliveryProblems(of: desk.destinations.map(\.name))
        let now = SystemClock.now()
        return .json(
            JSONWriter.object { writer in
                writer.objects("sources", of: fleet.sources) { source, writer in
                    write(source, given[source.name], at: now, to: &writer)
                }
                writer.objects("destinations", of: desk.destinations) { destination, writer in
                    let name = destination.name
                    write(destination, counts[name] ?? DeliveryCounts(), problems[name], to: &writer)
                }
            }
        )
    }

    private func write(
        _ source: ConfiguredSource,
        _ given: SourceCounts?,
        at now: Timestamp,
        to writer: inout JSONWriter
    ) {
        let status = runner.board[source.name]
        let succeeded = status.succeeded ?? given?.succeeded
        writer.field("name", source.name)
        writer.field("type", source.type)
        writer.field("state", runner.pauses.contains(source.stateName) ? "paused" : status.state.rawValue)
        writer.field("records", given?.records ?? 0)
        writer.field("rejected", given?.rejected ?? 0)
        if let succeeded {
            writer.field("lastSuccess", succeeded)
            writer.field("lagSeconds", (now.microseconds - succeeded.microseconds) / 1_000_000)
        }
        writer.field(status.progress)
        if let error = status.error { writer.field("error", error) }
    }

    private func write(
        _ destination: ConfiguredDestination,
        _ counts: DeliveryCounts,
        _ problem: String?,
        to writer: inout JSONWriter
    ) {
        writer.field("name", destination.name)
        writer.field("type", destination.type)
        writer.field("pending", counts.pending)
        writer.field("delivered", counts.delivered)
        writer.field("failed", counts.failed)
        if let problem { writer.field("error", problem) }
    }
}

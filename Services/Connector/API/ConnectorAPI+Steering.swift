import ConnectorKit
import Events
import Hummingbird
import ServiceKit
import Synchronization
import Topics

/// What operators do with a source: check it, look at what it would send, pause it, and change where it stands.
extension ConnectorAPI {
    func addSteeringRoutes(to router: Router<BasicRequestContext>) {
        let sources = router.group("/v1/sources/:source")
        sources.post("discover") { try await administer("sources.discover", $0, $1, discovered) }
        sources.post("check") { try await administer("sources.check", $0, $1, checked) }
        sources.post("preview") { request, context in
            try await administer("sources.preview", request, context) { try await previewed($0, request) }
        }
        sources.post("pause") { try await administer("sources.pause", $0, $1) { try await paused($0, true) } }
        sources.post("resume") { try await administer("sources.resume", $0, $1) { try await paused($0, false) } }
        sources.get("state") { try await administer("sources.state", $0, $1, state) }
        sources.put("state") { request, context in
            try await administer("sources.restore", request, context) { try await restored($0, request) }
        }
        sources.delete("state") { request, context in
            try await administer("sources.reset", request, context) { try await reset($0, request) }
        }
    }

    private func administer(
        _ action: String,
        _ request: Request,
        _ context: some RequestContext,
        _ body: @escaping (ConfiguredSource) async throws -> [UInt8]
    ) async throws -> Response {
        try await trail.administration(action, request) {
            let source = try source(named: try context.parameters.require("source"))
            return Administered(subject: source.name, response: .json(try await body(source)))
        }
    }

    // MARK: Looking

    private func checked(_ source: ConfiguredSource) async throws -> [UInt8] {
        let checks = await source.source.checks()
        return JSONWriter.object { writer in
            writer.objects("checks", of: checks) { check, writer in
                if let part = check.part { writer.field("stream", part) }
                writer.field("status", check.failure == nil ? "ok" : "failed")
                if let failure = check.failure {
                    writer.field("kind", failure.kind.rawValue)
                    writer.field("message", failure.problem)
                }
            }
            if let message = Self.nothingToPoll(of: source) { writer.field("message", message) }
        }
    }

    private func discovered(_ source: ConfiguredSource) async throws -> [UInt8] {
        let streams: [StreamOutline]
        do {
            streams = try await source.source.discover()
        } catch let failure as ConnectorFailure {
            throw APIError(.badGateway, code: failure.kind.rawValue, message: failure.problem)
        }
        return JSONWriter.object { writer in
            writer.objects("streams", of: streams) { stream, writer in
                writer.field("name", stream.name)
                writer.field("selected", stream.isSelected)
                writer.field("incremental", stream.isIncremental)
                writer.array("keys", of: stream.keys)
                writer.array("fields", of: stream.fields)
            }
        }
    }

    /// The first events that the source would send if it began anew; nothing is sent, and it stays where it is.
    private func previewed(_ source: ConfiguredSource, _ request: Request) async throws -> [UInt8] {
        let limit = request.uri.queryParameters.get("limit", as: Int.self) ?? 10
        guard (1...1000).contains(limit) else {
            throw APIError.badRequest("invalid_limit", "“limit” must be a number from 1 to 1000.")
        }
        let preview = Preview(limit: limit, message: Self.nothingToPoll(of: source))
        do {
            try await source.source.forPreview.read(from: nil) { try preview.take($0) }
        } catch is PreviewEnded {
        } catch let failure {
            preview.fail("\(failure)")
        }
        return preview.bytes
    }

    private func state(_ source: ConfiguredSource) async throws -> [UInt8] {
        let state = try await store.state(of: source.stateName) ?? .null
        return JSONWriter.object { $0.field("state", state) }
    }

    // MARK: Changing

    private func paused(_ source: ConfiguredSource, _ isPaused: Bool) async throws -> [UInt8] {
        try await runner.pauses.set(isPaused, source.stateName)
        fleet.wake(source.name)
        return JSONWriter.object { $0.field("status", isPaused ? "paused" : "resumed") }
    }

    private func restored(_ source: ConfiguredSource, _ request: Request) async throws -> [UInt8] {
        let body = try? JSONDocument(try await bytes(of: request), limits: .state).root.value
        guard let state = body?["state"], case .object(let members) = state else {
            throw APIError.badRequest("invalid_state", "The body must be {\"state\": {…}}, as a GET answers.")
        }
        try Self.requireStreams(of: members.keys, in: source.source)
        try await requireRest(of: source)
        try await store.replaceState(state, source: source.stateName)
        return JSONWriter.object { $0.field("state", state) }
    }

    /// Refuses the state of a stream that there is not: it would be kept, and do nothing.
    private static func requireStreams(
        of names: some Sequence<String>,
        in source: any Source
    ) throws(APIError) {
        guard let streams = source.streamsOfState, let stranger = Set(names).subtracting(streams).min() else { return }
        let known = streams.isEmpty ? "there are none" : "the streams are \(streams.joined(separator: ", "))"
        throw APIError.badRequest("invalid_state", "There is no stream “\(stranger)”; \(known).")
    }

    private func reset(_ source: ConfiguredSource, _ request: Request) async throws -> [UInt8] {
        try await requireRest(of: source)
        let stream = request.uri.queryParameters.get("stream")
        var state: JSONValue?
        if let stream {
            let whole = try await store.state(of: source.stateName)
            guard let rest = whole.flatMap({ source.source.state($0, without: stream) }) else {
                throw APIError.notFound("The source has no state of this stream.")
            }
            state = rest
        }
        try await store.replaceState(state, source: source.stateName, stream: stream)
        return JSONWriter.object { $0.field("state", state ?? .null) }
    }

    /// A run under way goes on from where it was, and where it comes to would not be kept.
    private func requireRest(of source: ConfiguredSource) async throws {
        try await liaison.learn()
        guard runner.board[source.stateName].state != .running else {
            throw APIError(.conflict, code: "running", message: "The source is being read; pause it first.")
        }
    }
}

/// Collects the first events of a run, and ends it then.
private final class Preview: Sendable {
    private struct State {
        var events: [SourceEvent] = []
        var rejected: [RejectedRecord] = []
        var failure: String?
    }

    private let limit: Int
    private let message: String?
    private let state = Mutex(State())

    /// - Parameter message: Why there are no events, if that is known.
    init(limit: Int, message: String?) {
        self.limit = limit
        self.message = message
    }

    func fail(_ reason: String) {
        state.withLock { $0.failure = reason }
    }

    func take(_ batch: SourceBatch) throws(PreviewEnded) {
        let isFull = state.withLock { state in
            state.events += batch.events.prefix(limit - state.events.count)
            state.rejected += batch.rejected.prefix(max(limit - state.rejected.count, 0))
            return state.events.count >= limit
        }
        if isFull { throw PreviewEnded() }
    }

    var bytes: [UInt8] {
        let state = state.withLock { $0 }
        return JSONWriter.object { writer in
            writer.array("events", of: state.events) { $1.raw($0.body) }
            writer.objects("rejected", of: state.rejected) { record, writer in
                writer.field("code", record.code)
                writer.field("message", record.reason)
                writer.field("record", String(decoding: record.payload.prefix(10_000), as: UTF8.self))
            }
            if let failure = state.failure { writer.field("error", failure) }
            if let message { writer.field("message", message) }
        }
    }
}

private struct PreviewEnded: Error {}

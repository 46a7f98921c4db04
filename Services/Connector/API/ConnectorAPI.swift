import ConnectorKit
import Events
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceKit
import Topics

/// The connector's own HTTP interface: webhooks come in here, and operators ask and order.
struct ConnectorAPI: Sendable {
    let fleet: SourceFleet
    let runner: SourceRunner
    let desk: DeliveryDesk
    let liaison: Liaison
    let store: ConnectorStore
    let keys: KeyRing
    let trail: AuditTrail
    let reload: Reload
    /// Vendors put many records into one request: WhatsApp up to 3 MB.
    private static let bodyLimit = 4 << 20

    func addRoutes(to router: Router<BasicRequestContext>) {
        // Some vendors ask by GET whether the address is ours.
        router.get("/v1/webhooks/:source") { request, context in try await receive(request, context) }
        router.post("/v1/webhooks/:source") { request, context in try await receive(request, context) }
        router.get("/v1/status") { request, _ in try await status(request) }
        router.post("/v1/sources/:source/run") { request, context in try await runSource(request, context) }
        addSteeringRoutes(to: router)
        router.post("/v1/reload") { request, _ in try await startReload(request) }
        router.post("/v1/imports") { request, _ in try await startImport(request) }
        router.get("/v1/imports/:id") { request, context in try await showImport(request, context) }
    }

    // MARK: Webhooks

    private func receive(_ request: Request, _ context: some RequestContext) async throws -> Response {
        let name = try context.parameters.require("source")
        guard let source = fleet[name] else { throw APIError.notFound("There is no source of this name.") }
        guard !runner.publisher.isBusy else {
            throw APIError.busy(
                .serviceUnavailable,
                code: "busy",
                message: "Nothing can be stored now; try again later.",
                retryAfter: 5
            )
        }
        guard !runner.pauses.contains(source.stateName) else {
            throw APIError.busy(
                .serviceUnavailable,
                code: "paused",
                message: "This source is paused.",
                retryAfter: 60
            )
        }
        let body = try await bytes(of: request)
        let reception: Reception
        do throws(ReceiveRefusal) {
            reception = try source.source.receive(ReceivedRequest(request, body: body))
        } catch {
            throw error.answer
        }
        switch reception {
        case .challenge(.string(let text)): return Response(text: text)
        case .challenge(let value): return .json(value.bytes)
        case .batch(let batch, let address):
            try await runner.take(batch, from: source)
            guard let address else { return answer(to: batch) }
            return Response(status: .seeOther, headers: [.location: address])
        }
    }

    private func answer(to batch: SourceBatch) -> Response {
        .json(
            JSONWriter.object { writer in
                writer.field("accepted", batch.events.count)
                writer.objects("rejected", of: batch.rejected) { record, writer in
                    writer.field("code", record.code)
                    writer.field("message", record.reason)
                }
            }
        )
    }

    // MARK: Sources and imports

    private func runSource(_ request: Request, _ context: some RequestContext) async throws -> Response {
        try await trail.administration("sources.run", request) {
            let source = try source(named: try context.parameters.require("source"))
            try await requireReadable(source)
            try await liaison.ask(for: source.name)
            let body = JSONWriter.object { $0.field("status", "started") }
            return Administered(subject: source.name, response: .json(body))
        }
    }

    /// Refuses what would not be read although somebody asks for it.
    private func requireReadable(_ source: ConfiguredSource) async throws {
        if let message = Self.nothingToPoll(of: source) {
            throw APIError(.conflict, code: "not_read", message: message)
        }
        try await liaison.learn()
        guard !runner.pauses.contains(source.stateName) else {
            throw APIError(
                .conflict,
                code: "paused",
                message: "The source is paused; “kith connector resume \(source.name)” lets it go on."
            )
        }
    }

    /// What is said of a source of which nothing is ever read; `nil` of others.
    static func nothingToPoll(of source: ConfiguredSource) -> String? {
        guard source.source.interval == nil else { return nil }
        return "There is nothing to poll: the source only receives, by POST /v1/webhooks/\(source.name)."
    }

    private func startReload(_ request: Request) async throws -> Response {
        try await trail.administration("configuration.reload", request) {
            try reload.begin()
            return Administered(
                subject: "connector",
                response: .json(JSONWriter.object { $0.field("status", "reloading") })
            )
        }
    }

    private func startImport(_ request: Request) async throws -> Response {
        try await trail.administration("imports.create", request) {
            let (row, body) = try await startedImport(try await bytes(of: request))
            return Administered(subject: row.id, response: .json(body, status: .accepted))
        }
    }

    /// Starts an import, unless the same file is being read already; what is answered counts what was read of the file before.
    private func startedImport(_ body: [UInt8]) async throws -> (ImportRow, answer: [UInt8]) {
        let entry: JSONValue
        do throws(JSONError) {
            entry = try JSONValue(parsing: body)
        } catch {
            throw APIError.badRequest("invalid_json", "The body is not valid JSON: \(error)")
        }
        let id = "imp_\(EventDraft.id(of: [entry.text, SystemClock.now().description]).prefix(20))"
        let file: Import
        do {
            file = try Import(id: id, entry: entry)
            try await file.source.source.check()
        } catch {
            throw APIError.badRequest("invalid_import", "\(error)")
        }
        let answer = try await importBody(file.row)
        // The same file is not read by two at once.
        let name = file.source.stateName
        let running = try await store.add(file.row, at: SystemClock.now()) { row in
            (try? Import(row))?.source.stateName == name
        }
        if let running { return (running, try await importBody(running)) }
        fleet.wakeImports()
        return (file.row, answer)
    }

    private func showImport(_ request: Request, _ context: some RequestContext) async throws -> Response {
        try await trail.administration("imports.get", request) {
            try await liaison.learn()
            guard let row = try await store.importRow(try context.parameters.require("id")) else {
                throw APIError.notFound("There is no import of this id.")
            }
            return Administered(subject: row.id, response: .json(try await importBody(row)))
        }
    }

    private func importBody(_ row: ImportRow) async throws -> [UInt8] {
        // One of an earlier version may make no sense any more.
        let name = (try? Import(row))?.source.stateName ?? ""
        let counts = try await store.counts(of: name)
        let progress = runner.board[name].progress
        return JSONWriter.object { writer in
            writer.field("id", row.id)
            writer.field("state", row.state.rawValue)
            writer.field("records", counts?.records ?? 0)
            writer.field("rejected", counts?.rejected ?? 0)
            writer.field(progress)
            if let error = row.error { writer.field("error", error) }
        }
    }

    // MARK: What all need

    /// The source of this name; who asks for a destination is told so.
    func source(named name: String) throws(APIError) -> ConfiguredSource {
        if let source = fleet[name] { return source }
        guard desk.serves(name) else {
            let known = fleet.sources.map(\.name).sorted().joined(separator: ", ")
            throw APIError.notFound(
                """
                There is no source “\(name)”; there \(known.isEmpty ? "is none" : "are \(known)"). One that is new in the \
                configuration comes with “kith connector reload”.
                """
            )
        }
        throw APIError.notFound("“\(name)” is a destination, and this is for sources only.")
    }

    func bytes(of request: Request) async throws -> [UInt8] {
        try await request.bytes(upTo: Self.bodyLimit)
    }
}

extension ReceivedRequest {
    /// The request as the vendor sees it: behind a proxy, by what the proxy says.
    fileprivate init(_ request: Request, body: [UInt8]) {
        let headers = request.headers.reduce(into: [:]) { $0[$1.name.canonicalName] = $1.value }
        func forwarded(_ name: String) -> String? {
            headers[name]?.split(separator: ",").first.map { $0.filter { $0 != " " } }
        }
        let scheme = forwarded("x-forwarded-proto") ?? "http"
        let host = forwarded("x-forwarded-host") ?? request.head.authority ?? ""
        self.init(
            headers: headers,
            body: body,
            now: SystemClock.now(),
            method: request.method.rawValue,
            url: "\(scheme)://\(host)\(request.uri.string)",
            query: request.uri.queryParameters.reduce(into: [:]) { $0[String($1.key)] = String($1.value) }
        )
    }
}

extension Response {
    fileprivate init(text: String) {
        self.init(
            status: .ok,
            headers: [.contentType: "text/plain; charset=utf-8", .xContentTypeOptions: "nosniff"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }
}

extension ReceiveRefusal {
    fileprivate var answer: APIError {
        switch self {
        case .notReceiving: APIError(.methodNotAllowed, code: "not_receiving", message: "This source receives nothing.")
        case .onlyByPOST:
            APIError(
                .methodNotAllowed,
                code: "not_receiving",
                message: "This source receives by POST, and not by GET.",
                headers: [.allow: "POST"]
            )
        case .unverified(let error):
            APIError(.unauthorized, code: "invalid_signature", message: error.description)
        case .malformed(let reason): .badRequest("invalid_json", reason)
        }
    }
}

import Curl
import Events
import Synchronization

@testable import ConnectorKit

/// A vendor that answers from a list, and a clock that only moves when it is told to or somebody sleeps.
final class World: Sendable {
    /// What is answered to one request.
    enum Reply: Sendable {
        case answer(HTTPResponse)
        case failure(CurlError)

        static func json(_ status: Int, _ body: String) -> Reply {
            .answer(HTTPResponse(status: status, body: Array(body.utf8)))
        }

        static func status(_ status: Int, retryAfter: String? = nil) -> Reply {
            let headers = retryAfter.map { [HTTPHeader("Retry-After", $0)] } ?? []
            return .answer(HTTPResponse(status: status, headers: headers))
        }

        /// Records with their ids and times.
        static func page(_ records: [(id: String, updated: Int)], next: String? = nil) -> Reply {
            let data = records.map { #"{"id":"\#($0.id)","updated":\#($0.updated)}"# }.joined(separator: ",")
            return json(200, #"{"data":[\#(data)],"next":\#(next.map { #""\#($0)""# } ?? "null")}"#)
        }

        static func token(_ token: String, refresh: String? = nil) -> Reply {
            let rest = refresh.map { #","refresh_token":"\#($0)""# } ?? ""
            return json(200, #"{"access_token":"\#(token)","expires_in":3600\#(rest)}"#)
        }
    }

    /// What a run came to.
    struct Run: Sendable {
        var batches: [SourceBatch]
        var failure: ConnectorFailure?

        var states: [String] { batches.map { $0.state?.text ?? "" } }
    }

    private struct State {
        var replies: [Reply]
        var requests: [HTTPRequest] = []
        var sleeps: [Duration] = []
        var now = Timestamp(microseconds: 1_764_288_000_000_000)
    }

    let vault: MemoryVault
    private let state: Mutex<State>

    init(replies: [Reply], vault: MemoryVault = MemoryVault()) {
        state = Mutex(State(replies: replies))
        self.vault = vault
    }

    convenience init(_ replies: Reply..., vault: MemoryVault = MemoryVault()) {
        self.init(replies: replies, vault: vault)
    }

    var surroundings: Surroundings {
        Surroundings(
            send: { request async throws(CurlError) -> HTTPResponse in try self.answer(to: request) },
            now: { self.state.withLock { $0.now } },
            sleep: { span async throws(CancellationError) -> Void in self.sleep(span) },
            random: { 0 },
            vault: vault
        )
    }

    func source(_ manifest: String, _ settings: [String: JSONValue] = [:]) throws -> DeclarativeSource {
        let manifest = try Manifest(name: "shop", manifest)
        let settings = try Settings(settings, declared: manifest.settings + DeclarativeSource.fields)
        return try DeclarativeSource(manifest, name: "shop", settings: settings, surroundings)
    }

    func run(_ source: DeclarativeSource, from state: JSONValue? = nil) async -> Run {
        let emitted = Emitted()
        var failure: ConnectorFailure?
        do {
            try await source.read(from: state) { batch in emitted.batches.withLock { $0.append(batch) } }
        } catch {
            failure = error as? ConnectorFailure ?? ConnectorFailure(.system, "Not a failure: \(error)")
        }
        return Run(batches: emitted.batches.withLock { $0 }, failure: failure)
    }

    func advance(by span: Duration) {
        state.withLock { $0.now = $0.now + span }
    }

    // MARK: What happened

    private var requests: [HTTPRequest] { state.withLock { $0.requests } }

    /// Paths and queries.
    var addresses: [String] { requests.map { String($0.url.dropFirst("https://shop.test".count)) } }

    var authorizations: [String] {
        requests.compactMap { request in request.headers.first { $0.name == "Authorization" }?.value }
    }

    /// Whether each may reach the vendor once only.
    var onces: [Bool] { requests.map(\.isOnce) }

    /// What was posted.
    var forms: [String] {
        requests.filter { $0.method == "POST" }.map { String(decoding: $0.body, as: UTF8.self) }
    }

    /// In milliseconds.
    var sleeps: [Int64] { state.withLock { $0.sleeps }.map { $0.microseconds / 1000 } }

    // MARK: What happens

    private func answer(to request: HTTPRequest) throws(CurlError) -> HTTPResponse {
        let reply = state.withLock { state -> Reply in
            state.requests.append(request)
            guard !state.replies.isEmpty else { return .failure(.invalidRequest("Nothing is left to answer.")) }
            return state.replies.removeFirst()
        }
        switch reply {
        case .answer(let response): return response
        case .failure(let error): throw error
        }
    }

    private func sleep(_ span: Duration) {
        state.withLock { state in
            state.sleeps.append(span)
            state.now = state.now + span
        }
    }
}

private final class Emitted: Sendable {
    let batches = Mutex<[SourceBatch]>([])
}

// MARK: - Manifests

let shop = #"""
    title: Shop
    category: commerce
    summary: Who buys what.
    settings:
      token: {summary: A token., default: t1}
    http:
      url: https://shop.test
      auth: {bearer: \($settings.token)}
    streams:
      customers:
        summary: Everybody.
        request: GET /customers
        records: .data[]
        page: {cursor: .next, as: cursor}
        since: {field: .updated, as: since, format: seconds}
        key: .id
        events: 'identify({"shop.customer": .id}; {}) | at(.updated)'
    """#

/// The same with OAuth 2.
let login =
    shop
    .replacing("default: t1", with: "default: r1")
    .replacing(
        #"{bearer: \($settings.token)}"#,
        with: #"""

                oauth2:
                  url: https://shop.test/token
                  grant: refresh_token
                  parameters: {client_id: kith, refresh_token: \($settings.token)}
            """#
    )

/// Streams that are read for each of several values.
let rounds = #"""
    title: Chat
    category: chat
    summary: Who says what.
    settings:
      channels: {summary: Which of them., type: list, optional: true}
    http: {url: 'https://shop.test'}
    streams:
      listed:
        summary: Of a list.
        request: GET /channels/\($each)
        each: {in: '$settings.channels[]'}
        records: .data[]
        since: {field: .updated, as: since, format: seconds}
        key: .id
        events: empty
      channels:
        summary: All of them.
        request: GET /channels
        records: .data[]
        key: .id
        events: empty
      messages:
        summary: Of each of them.
        request: GET /channels/\($each)/messages
        each: {stream: channels, value: .id}
        records: .data[]
        since: {field: .updated, as: since, format: seconds}
        key: .id
        events: empty
    """#

/// One that begins sessions.
let sessionShop = #"""
    title: Shop
    category: commerce
    summary: A shop.
    http:
      url: https://shop.test
      auth:
        login: {request: POST /login, body: '{user: "ann"}', value: 'Session \($token.session)'}
    streams:
      customers: {summary: All., request: GET /customers, records: '.data[]', key: .id, events: empty}
    """#

/// One whose answers say how to go on.
let tokenShop = #"""
    title: Shop
    category: commerce
    summary: A shop.
    http: {url: https://shop.test}
    streams:
      changes:
        summary: All.
        request: GET /changes
        records: .data[]
        since: {answer: .token, as: from}
        key: .id
        events: empty
    """#

import Curl
import Events

/// One service's HTTP API, as a command uses it: what is not a success is a ``CommandError`` that says what to do.
struct API: Sendable {
    private static let responseLimit = 64 << 20
    private static let limits = JSONLimits(depth: 256, nodes: 4_000_000)

    let url: String
    private let key: String
    private let client = HTTPClient()

    init(url: String, key: String) {
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.key = key
    }

    /// The JSON that a GET is answered with.
    func get(_ path: String, query: [(String, String?)] = []) async throws(CommandError) -> JSONView {
        try API.json(in: try await send("GET", path, query: query))
    }

    /// The JSON that a POST of JSON is answered with.
    func post(
        _ path: String,
        _ body: JSONValue,
        deadline: Duration = .seconds(60)
    ) async throws(CommandError) -> JSONView {
        try API.json(in: try await send("POST", path, body: body.bytes, deadline: deadline))
    }

    /// Sends a request and returns its successful answer.
    @discardableResult
    func send(
        _ method: String,
        _ path: String,
        query: [(String, String?)] = [],
        body: [UInt8] = [],
        deadline: Duration = .seconds(60)
    ) async throws(CommandError) -> HTTPResponse {
        var request = request(path, query: query)
        request.method = method
        request.body = body
        request.deadline = deadline
        if !body.isEmpty { request.headers.append(HTTPHeader("Content-Type", "application/json")) }
        do {
            return try checked(try await client.send(request))
        } catch let error as CurlError {
            throw refusal(error)
        } catch let error as CommandError {
            throw error
        } catch {
            throw CommandError(.failure, "\(error)")
        }
    }

    /// The lines of an answer without an end, or one that is too long to hold.
    func lines(_ path: String, query: [(String, String?)] = []) -> HTTPLines {
        var request = request(path, query: query)
        request.deadline = .seconds(60)
        return client.lines(of: request)
    }

    /// What a failed transfer means to the person who waits for it.
    func refusal(_ error: CurlError) -> CommandError {
        switch error {
        case .status(let status, let body):
            return API.refusal(status: status, body: Array(body.utf8))
        case .notConnected, .unknownHost, .timedOut, .tls, .failed:
            return CommandError(
                .unreachable,
                "\(url) does not answer. \(error)",
                remedy: "Is it running? “kith up” starts it; “kith status” shows how it is."
            )
        default:
            return CommandError(.failure, "\(url): \(error)")
        }
    }

    private func request(_ path: String, query: [(String, String?)]) -> HTTPRequest {
        HTTPRequest(
            url: url + path + API.encoded(query),
            headers: [HTTPHeader("Authorization", "Bearer \(key)")],
            responseLimit: API.responseLimit
        )
    }

    private func checked(_ response: HTTPResponse) throws(CommandError) -> HTTPResponse {
        guard response.isSuccess else { throw API.refusal(status: response.status, body: response.body) }
        return response
    }
}

// MARK: - Reading and writing what goes over the wire

extension API {
    static func refusal(status: Int, body: [UInt8]) -> CommandError {
        let root = try? JSONDocument(body).root
        let message = root?["message"]?.string ?? "The answer has the status \(status)."
        let profiles = root?["profiles"]?.elements.compactMap(\.string) ?? []
        switch status {
        case 401, 403:
            return CommandError(.unauthorized, message, remedy: "Give a key that may do this with --key or KITH_KEY.")
        case 404, 410: return CommandError(.notFound, message)
        case 429, 503: return CommandError(.unreachable, message, remedy: "Try again in a moment.")
        default:
            let remedy = profiles.isEmpty ? nil : "They are \(profiles.joined(separator: ", "))."
            return CommandError(.failure, message, remedy: remedy)
        }
    }

    static func json(in response: HTTPResponse) throws(CommandError) -> JSONView {
        do {
            return try JSONDocument(response.body, limits: limits).root
        } catch {
            throw CommandError(.failure, "The answer is not JSON: \(error)")
        }
    }

    static func encoded(_ query: [(String, String?)]) -> String {
        let parts = query.compactMap { name, value in value.map { "\(name)=\(encoded($0))" } }
        return parts.isEmpty ? "" : "?" + parts.joined(separator: "&")
    }

    /// A path segment or a query value, percent-encoded; a colon stays, which identifiers are full of.
    static func encoded(_ text: String) -> String {
        PercentEncoding.encode(text, keeping: ":")
    }
}

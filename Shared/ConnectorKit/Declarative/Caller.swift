import Curl
import Events
import JQ
import Synchronization

/// Asks a vendor: in its pace, with what shows who is asking, and again when that may help.
final class Caller: Sendable {
    let surroundings: Surroundings
    private let http: HTTPDeclaration
    private let settings: JSONValue
    private let builder: RequestBuilder
    private let tokens: TokenKeeper?
    private let pace: Mutex<Pace>
    /// How long the vendor wants to be left alone, as it has said to whoever was refused.
    private let rest = Mutex(Pace(nil))

    /// How often a request is made before its failure is the run's.
    static let attempts = 6
    /// What asks for a longer pause ends the run.
    private static let longestPause: Duration = .seconds(300)

    init(_ http: HTTPDeclaration, settings: JSONValue, _ surroundings: Surroundings) {
        let http = http.withLogin(in: Scope(settings: settings, now: surroundings.now()))
        self.http = http
        self.settings = settings
        self.surroundings = surroundings
        builder = RequestBuilder(http: http)
        pace = Mutex(Pace(http.budget))
        tokens = http.authentication.hasToken ? TokenKeeper(http, settings: settings, surroundings) : nil
    }

    /// A scope at this time, for expressions that are about no request.
    var scope: Scope { Scope(settings: settings, now: surroundings.now()) }

    /// What a request is made of, once it is known by which token.
    struct Call: Sendable {
        var declaration: RequestDeclaration
        var input: JSONValue = .null
        /// In place of the declared path and query.
        var address: String?
        /// Added to the declared query.
        var query: [(name: String, value: String)] = []
        /// Whether it must not be done twice.
        var isOnce = false
    }

    /// Asks, and asks again as long as that may help; `nil` when the answer is as good as none.
    func answer(to call: Call, in scope: Scope, attempts: Int = Caller.attempts) async throws -> Answer? {
        var attempt = 1
        while true {
            do {
                return try await answerOnce(to: call, in: scope)
            } catch let failure as ConnectorFailure {
                guard failure.mayPass, attempt < attempts else { throw failure }
                let pause = pause(after: attempt, failure)
                guard pause <= Self.longestPause else { throw failure }
                try await surroundings.sleep(pause)
                attempt += 1
            }
        }
    }

    /// Asks once, or twice when the first answer is that the access token is no good any more.
    func answerOnce(to call: Call, in scope: Scope) async throws -> Answer? {
        let token = try await token()
        switch try await exchange(call, in: scope, token) {
        case (let answer, .success): return answer
        case (_, .nothing): return nil
        case (_, .failure(let failure)): throw failure
        case (_, .refresh): break
        }
        guard tokens != nil else { throw ConnectorFailure(.configuration, "The login was refused.") }
        switch try await exchange(call, in: scope, try await self.token(insteadOf: token)) {
        case (let answer, .success): return answer
        case (_, .nothing): return nil
        case (_, .failure(let failure)): throw failure
        case (_, .refresh): throw ConnectorFailure(.configuration, "A new access token was refused as well.")
        }
    }

    /// A token to ask with, where one is needed; when there is none, it is certain that nothing was done.
    private func token(insteadOf refused: JSONValue? = nil) async throws -> JSONValue? {
        guard let tokens else { return nil }
        try await keepRest()
        do {
            return try await tokens.token(insteadOf: refused)
        } catch var failure as ConnectorFailure {
            note(failure, at: surroundings.now())
            failure.isUncertain = false
            throw failure
        }
    }

    private func exchange(_ call: Call, in scope: Scope, _ token: JSONValue?) async throws -> (Answer, Verdict) {
        let scope = scope.with("token", token)
        var request = try builder.request(
            call.declaration,
            for: call.input,
            address: call.address,
            query: call.query,
            in: scope
        )
        request.isOnce = call.isOnce
        if let proof = try proof(in: scope) { request.addHeader(proof.name, proof.value) }
        try await keepRest()
        try await keepPace()
        // Who is cut off asks nobody any more, so that it is certain that nothing was done.
        try Task.checkCancellation()
        let answer = try await send(request)
        let now = surroundings.now()
        let verdict = http.verdict(on: answer, in: scope, now: now, call.declaration.errors)
        if case .failure(let failure) = verdict { note(failure, at: now) }
        return (answer, verdict)
    }

    /// Takes note of how long the vendor wants to be left alone, if a failure says so.
    private func note(_ failure: ConnectorFailure, at now: Timestamp) {
        guard failure.kind == .rateLimit, let pause = failure.retryAfter else { return }
        rest.withLock { $0.block(for: pause, from: now) }
    }

    /// Asks nothing as long as the vendor wants to be left alone: whoever has something to say decides whether it can wait.
    private func keepRest() async throws {
        let now = surroundings.now()
        let pause = rest.withLock { $0.wait(at: now) }
        guard pause <= .seconds(1) else {
            throw Self.unasked("The server wants to be left alone.", pause)
        }
        if pause > .zero { try await surroundings.sleep(pause) }
    }

    /// Waits for the next place; one that is far off is not waited for.
    private func keepPace() async throws {
        let now = surroundings.now()
        let pause = pace.withLock { pace in
            let pause = pace.wait(at: now)
            if pause <= Self.longestPause { pace.take(at: now + pause) }
            return pause
        }
        guard pause <= Self.longestPause else {
            throw Self.unasked("Nothing is left of what may be asked.", pause)
        }
        if pause > .zero { try await surroundings.sleep(pause) }
    }

    private static func unasked(_ problem: String, _ pause: Duration) -> ConnectorFailure {
        var failure = ConnectorFailure(.rateLimit, problem, retryAfter: pause)
        failure.isUnasked = true
        return failure
    }

    private func send(_ request: HTTPRequest) async throws -> Answer {
        do throws(CurlError) {
            let answer = Answer(try await surroundings.send(request))
            let now = surroundings.now()
            if let pause = http.pause(after: answer, now: now) { pace.withLock { $0.block(for: pause, from: now) } }
            return answer
        } catch {
            throw error.asFailure
        }
    }

    /// The header that shows who is asking.
    private func proof(in scope: Scope) throws(ConnectorFailure) -> HTTPHeader? {
        do throws(ProgramError) {
            switch http.authentication {
            case .none: return nil
            case .basic(let user, let password):
                let pair = "\(try user.text(in: scope) ?? ""):\(try password.text(in: scope) ?? "")"
                return HTTPHeader("Authorization", "Basic \(Base64.encode(pair.utf8))")
            case .bearer(let token):
                return try token.text(in: scope).map { HTTPHeader("Authorization", "Bearer \($0)") }
            case .oauth2, .jwt:
                let token = scope.values["token"]?["access_token"]
                return token.map { HTTPHeader("Authorization", "Bearer \($0.plainText)") }
            case .login(let login): return try login.value.text(in: scope).map { HTTPHeader(login.header, $0) }
            }
        } catch {
            throw ConnectorFailure(.configuration, "The login cannot be made: \(error.problem)")
        }
    }

    private func pause(after attempt: Int, _ failure: ConnectorFailure) -> Duration {
        if let asked = failure.retryAfter { return asked }
        let pause = min(Duration.seconds(1) * (1 << (attempt - 1)), .seconds(60))
        return pause * (1 - surroundings.random() / 2)
    }
}

extension CurlError {
    /// The failure of a connector that it is.
    var asFailure: ConnectorFailure {
        switch self {
        // Not its text: an address may have a secret in it.
        case .invalidRequest:
            ConnectorFailure(
                .configuration,
                "The request cannot be sent: its address does not begin with https://, or a header has a control character."
            )
        case .addressRefused, .loginDenied: ConnectorFailure(.configuration, description)
        case .tooLarge: ConnectorFailure(.system, description)
        // A resolver that starts says that a host is unknown, and a connection that breaks at its beginning fails in TLS.
        case .notConnected, .unknownHost, .tls: ConnectorFailure(.transient, description)
        default: ConnectorFailure(.transient, description, isUncertain: true)
        }
    }
}

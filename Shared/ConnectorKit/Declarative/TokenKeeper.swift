import Curl
import Events
import JQ

/// Keeps an access token: got by OAuth 2 or a login, or made here.
///
/// Only one renewal runs at a time, since a refresh token may be good for one use only.
actor TokenKeeper {
    private let http: HTTPDeclaration
    private let settings: JSONValue
    private let surroundings: Surroundings
    private let farewell: Duration
    private var current: JSONValue?
    /// One that the vault has not taken yet.
    private var unkept: JSONValue?
    private var renewal: Task<JSONValue, any Error>?

    private static let name = "oauth2"

    /// - Parameter farewell: How long who is cut off still waits for a renewal: a process that ends before loses what it is given.
    init(
        _ http: HTTPDeclaration,
        settings: JSONValue,
        _ surroundings: Surroundings,
        farewell: Duration = .seconds(4)
    ) {
        self.http = http
        self.settings = settings
        self.surroundings = surroundings
        self.farewell = farewell
    }

    /// A token that is good as far as we know: the vendor's answer, with `access_token` in it.
    ///
    /// With `refused`, one that is not this.
    func token(insteadOf refused: JSONValue? = nil) async throws -> JSONValue {
        if let current = good(insteadOf: refused) { return current }
        // Between here and the task nothing is awaited: whoever comes meanwhile waits for the same one.
        if let renewal { return try await value(of: renewal) }
        let task = Task<JSONValue, any Error> {
            // Not by whoever waits for it, who may be cut off before.
            defer { renewal = nil }
            return try await renewed(insteadOf: refused)
        }
        renewal = task
        return try await value(of: task)
    }

    /// What a renewal gives; it goes on without whoever is cut off, as a refresh token may be good for one use only.
    private func value(of renewal: Task<JSONValue, any Error>) async throws -> JSONValue {
        let (end, signal) = AsyncStream<Void>.makeStream()
        Task {
            _ = await renewal.result
            signal.finish()
        }
        await withTaskCancellationHandler {
            // By a task that nobody cancels.
            await Task { for await _ in end {} }.value
        } onCancel: { [farewell] in
            Task {
                try? await Task.sleep(for: farewell)
                signal.finish()
            }
        }
        try Task.checkCancellation()
        return try await renewal.value
    }

    private func good(insteadOf refused: JSONValue?) -> JSONValue? {
        guard unkept == nil, let current, !isOld(current) else { return nil }
        return current == refused ? nil : current
    }

    /// What an earlier process, or another one, got, if it was by the same settings.
    private func kept() async throws -> JSONValue? {
        guard let kept = try await surroundings.vault.value(Self.name), case .string(let known)? = kept["settings"],
            known == fingerprint || known == settingsFingerprint
        else { return nil }
        return kept["token"]
    }

    private func isOld(_ token: JSONValue) -> Bool {
        guard let expires = token["expires_at"]?.integer else { return false }
        return Int64(expires) <= surroundings.now().microseconds / 1_000_000
    }

    private func renewed(insteadOf refused: JSONValue?) async throws -> JSONValue {
        if case .jwt(let declaration) = http.authentication { return try made(declaration) }
        // The one that is kept may be worth nothing since this one was got.
        if let unkept { try await keep(unkept) }
        // Another process may have got one since.
        if let kept = try await kept() { current = kept }
        if let current = good(insteadOf: refused) { return current }
        let token: JSONValue
        do {
            token = try self.token(of: try await ask())
        } catch let failure as ConnectorFailure {
            guard let others = try await othersToken(insteadOf: refused, failure) else { throw failure }
            return others
        }
        current = token
        try await keep(token)
        return token
    }

    /// Keeps a token before it is used: the old refresh token may be worth nothing from now on.
    private func keep(_ token: JSONValue) async throws {
        unkept = token
        try await surroundings.vault.keep(
            ["settings": .string(fingerprint), "token": token],
            as: Self.name
        )
        unkept = nil
    }

    /// What another process got for the refresh token that this one was refused with, since it was used already.
    private func othersToken(insteadOf refused: JSONValue?, _ failure: ConnectorFailure) async throws -> JSONValue? {
        guard case .oauth2(let declaration) = http.authentication, declaration.grant == .refreshToken,
            failure.kind == .configuration
        else { return nil }
        let used = current
        // It may have its answer, and be about to keep it.
        for pause in [Duration.zero, .milliseconds(500)] {
            if pause > .zero { try await surroundings.sleep(pause) }
            guard let kept = try await kept(), kept != used else { continue }
            current = kept
            return good(insteadOf: refused)
        }
        return nil
    }

    /// One that needs nobody; it is made again when it is needed, so that it lies nowhere.
    private func made(_ declaration: JWTDeclaration) throws(ConnectorFailure) -> JSONValue {
        let now = surroundings.now()
        let token: JSONValue = [
            "access_token": .string(try declaration.token(in: scope, at: now)),
            "expires_at": Self.expiry(in: declaration.lifetime.microseconds / 1_000_000, from: now),
        ]
        current = token
        return token
    }

    /// Not to its last second, but most of the time even of one that ends soon.
    private static func expiry(in seconds: Int64, from now: Timestamp) -> JSONValue {
        .number(JSONNumber(now.microseconds / 1_000_000 + seconds - min(60, seconds / 2)))
    }

    /// What an answer gives, with the time in it up to which it is good.
    private func token(of answer: JSONValue) throws(ConnectorFailure) -> JSONValue {
        guard case .oauth2 = http.authentication else { return answer }
        guard case .object(var token) = answer, answer["access_token"] != nil else {
            // Not how it begins: a form has the token there.
            let fault = if case .object = answer { "has no “access_token”" } else { "is no JSON object" }
            let reason = (answer["error_description"] ?? answer["error"]).map { ": \($0.plainText)" } ?? ""
            throw ConnectorFailure(.system, "No access token: the server's answer \(fault)\(reason).")
        }
        let now = surroundings.now()
        token["expires_at"] = answer["expires_in"]?.integer.map { seconds in
            Self.expiry(in: Int64(min(max(seconds, 0), 315_360_000)), from: now)
        }
        if token["refresh_token"] == nil { token["refresh_token"] = current?["refresh_token"] }
        return .object(token)
    }

    private func ask() async throws -> JSONValue {
        let request = try request()
        let answer: Answer
        do throws(CurlError) {
            answer = Answer(try await surroundings.send(request))
        } catch {
            throw error.asFailure
        }
        let now = surroundings.now()
        let rules = if case .login(let login) = http.authentication { login.request.errors } else { [ErrorRule]() }
        switch http.verdict(on: answer, in: scope, now: now, rules) {
        case .success where answer.body != .null: return answer.body
        case .failure(var failure) where failure.mayPass:
            if case .oauth2 = http.authentication { failure.problem = "No access token: \(failure.problem)" }
            throw failure
        case .failure(let failure): throw refusal(answer, failure)
        default: throw refusal(answer, nil)
        }
    }

    private func refusal(_ answer: Answer, _ failure: ConnectorFailure?) -> ConnectorFailure {
        if case .login = http.authentication {
            return ConnectorFailure(.configuration, failure?.problem ?? "The login was refused.")
        }
        let reason = (answer.body["error_description"] ?? answer.body["error"])?.plainText
        let problem = "No access token: the server answered \(answer.status)\(reason.map { ": \($0)" } ?? "")."
        return ConnectorFailure(.configuration, problem)
    }

    private var scope: Scope { Scope(settings: settings, now: surroundings.now()) }

    private func request() throws(ConnectorFailure) -> HTTPRequest {
        switch http.authentication {
        case .oauth2(let declaration): return try request(declaration)
        case .login(let login): return try RequestBuilder(http: http).request(login.request, in: scope)
        case .none, .basic, .bearer, .jwt: throw ConnectorFailure(.system, "There is no token to be asked for.")
        }
    }

    private func request(_ declaration: OAuth2Declaration) throws(ConnectorFailure) -> HTTPRequest {
        let scope = scope
        let assertion = try declaration.assertion.map { jwt throws(ConnectorFailure) in
            try jwt.token(in: scope, at: surroundings.now())
        }
        do throws(ProgramError) {
            var fields = [(name: "grant_type", value: declaration.grant.rawValue)]
            if let assertion { fields.append((name: "assertion", value: assertion)) }
            fields += try declaration.fields(in: scope)
            if let rotated = current?["refresh_token"],
                let place = fields.firstIndex(where: { $0.name == "refresh_token" })
            {
                fields[place].value = rotated.plainText
            }
            return HTTPRequest(
                method: "POST",
                url: try declaration.url.text(in: scope) ?? "",
                headers: [
                    HTTPHeader("Content-Type", "application/x-www-form-urlencoded"),
                    HTTPHeader("Accept", "application/json"),
                ],
                body: Array(FormText.text(of: fields).utf8)
            )
        } catch {
            throw ConnectorFailure(.configuration, "No access token can be asked for: \(error.problem)")
        }
    }

    /// Who is asking, so that another login does not go on with an old token; whatever else is set, the token stays good.
    private var fingerprint: String {
        let scope = Scope(settings: settings, now: Timestamp(microseconds: 0))
        guard case .oauth2(let declaration) = http.authentication, declaration.assertion == nil,
            let url = try? declaration.url.text(in: scope), let fields = try? declaration.fields(in: scope)
        else { return settingsFingerprint }
        return EventDraft.id(of: [url] + fields.flatMap { [$0.name, $0.value] })
    }

    /// That of all settings, where it cannot be told which of them a login is made of.
    private var settingsFingerprint: String { EventDraft.id(of: [settings.text]) }
}

extension OAuth2Declaration {
    /// What is sent besides the grant, as the settings have it.
    fileprivate func fields(in scope: Scope) throws(ProgramError) -> [(name: String, value: String)] {
        try parameters.map { parameter throws(ProgramError) in
            (name: parameter.name, value: try parameter.value.text(in: scope) ?? "")
        }
    }
}

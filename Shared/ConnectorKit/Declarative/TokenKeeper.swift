import Curl
import Events
import JQ

/// Gets access tokens by OAuth 2 and keeps them; one at a time, so that a refresh token that may be used once is.
actor TokenKeeper {
    private let declaration: OAuth2Declaration
    private let settings: JSONValue
    private let surroundings: Surroundings
    private var current: JSONValue?
    private var renewal: Task<JSONValue, any Error>?

    private static let name = "oauth2"
    /// A token is not used to its last second.
    private static let margin: Duration = .seconds(60)

    init(_ declaration: OAuth2Declaration, settings: JSONValue, _ surroundings: Surroundings) {
        self.declaration = declaration
        self.settings = settings
        self.surroundings = surroundings
    }

    /// A token that is good as far as we know: the vendor's answer, with `access_token` in it.
    ///
    /// With `refused`, one that is not this.
    func token(insteadOf refused: JSONValue? = nil) async throws -> JSONValue {
        if let renewal { return try await renewal.value }
        if current == nil { current = try await kept() }
        if let current, current["access_token"] != refused?["access_token"] || refused == nil, !isOld(current) {
            return current
        }
        let task = Task { try await renewed() }
        renewal = task
        defer { renewal = nil }
        let token = try await task.value
        current = token
        return token
    }

    /// What an earlier process got, if it was by the same settings.
    private func kept() async throws -> JSONValue? {
        guard let kept = try await surroundings.vault.value(Self.name), kept["settings"] == .string(fingerprint) else {
            return nil
        }
        return kept["token"]
    }

    private func isOld(_ token: JSONValue) -> Bool {
        guard let expires = token["expires_at"]?.integer else { return false }
        return Int64(expires) * 1_000_000 <= (surroundings.now() + Self.margin).microseconds
    }

    private func renewed() async throws -> JSONValue {
        let answer = try await ask()
        guard case .object(var token) = answer, token["access_token"] != nil else {
            throw ConnectorFailure(.system, "The answer has no access token in it.")
        }
        let now = surroundings.now()
        if let seconds = answer["expires_in"]?.integer {
            token["expires_at"] = .number(JSONNumber(now.microseconds / 1_000_000 + Int64(seconds)))
        }
        if token["refresh_token"] == nil { token["refresh_token"] = current?["refresh_token"] }
        // Before it is used: the old refresh token may be worth nothing from now on.
        try await surroundings.vault.keep(
            ["settings": .string(fingerprint), "token": .object(token)],
            as: Self.name
        )
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
        switch answer.status {
        case 200...299: return answer.body
        case 429, 500...599:
            throw ConnectorFailure(
                answer.status == 429 ? .rateLimit : .transient,
                "No access token: the server answered \(answer.status).",
                retryAfter: answer.retryAfter(surroundings.now())
            )
        default:
            let reason = (answer.body["error_description"] ?? answer.body["error"])?.plainText
            throw ConnectorFailure(
                .configuration,
                "No access token: the server answered \(answer.status)\(reason.map { ": \($0)" } ?? "")."
            )
        }
    }

    private func request() throws(ConnectorFailure) -> HTTPRequest {
        let scope = Scope(settings: settings, now: surroundings.now())
        do throws(ProgramError) {
            var fields = [(name: "grant_type", value: declaration.grant.rawValue)]
            for parameter in declaration.parameters {
                var value = try parameter.value.text(in: scope) ?? ""
                if parameter.name == "refresh_token", let rotated = current?["refresh_token"] {
                    value = rotated.plainText
                }
                fields.append((name: parameter.name, value: value))
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

    /// Who is asking, so that other settings do not go on with an old token.
    private var fingerprint: String { EventDraft.id(of: [settings.text]) }
}

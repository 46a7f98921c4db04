import Events
import JQ

/// What an answer means for whoever asked.
enum Verdict: Equatable {
    case success
    /// As if there was nothing.
    case nothing
    /// The access token is no good any more.
    case refresh
    case failure(ConnectorFailure)
}

extension Verdict {
    /// The same, and when one may come back.
    fileprivate func retrying(after pause: Duration) -> Verdict {
        guard case .failure(var failure) = self else { return self }
        failure.retryAfter = failure.retryAfter ?? pause
        return .failure(failure)
    }

    /// The same, and that one may begin anew.
    fileprivate var restarting: Verdict {
        guard case .failure(var failure) = self else { return self }
        failure.mayRestart = true
        return .failure(failure)
    }
}

extension HTTPDeclaration {
    /// Judges an answer by the manifest's rules, and without one that fits by its status.
    ///
    /// What an expression cannot be applied to, such as a page of HTML, does not fit.
    func verdict(on answer: Answer, in scope: Scope, now: Timestamp, _ own: [ErrorRule] = []) -> Verdict {
        let scope = scope.with("headers", answer.headerValues)
        for rule in own + errors where rule.status == nil || rule.status == answer.status {
            if let condition = rule.condition, (try? condition.holds(for: answer.body, in: scope)) != true { continue }
            let message = ((try? rule.message?.value(of: answer.body, in: scope)) ?? nil)?.plainText
            let verdict = verdict(rule.meaning, answer, message, now)
            let pause = ((try? rule.retryAfter?.value(of: answer.body, in: scope)) ?? nil)?.plainText
            return pause.flatMap(Duration.init(pause:)).map(verdict.retrying(after:)) ?? verdict
        }
        return usual(answer, now)
    }

    private func verdict(
        _ meaning: ErrorRule.Meaning,
        _ answer: Answer,
        _ message: String?,
        _ now: Timestamp
    ) -> Verdict {
        switch meaning {
        case .ignore: .nothing
        case .refresh: .refresh
        case .configuration: failure(.configuration, answer, message, now)
        case .permission: failure(.permission, answer, message, now)
        case .rateLimit: failure(.rateLimit, answer, message, now)
        case .transient: failure(.transient, answer, message, now)
        case .system: failure(.system, answer, message, now)
        case .restart: failure(.system, answer, message, now).restarting
        }
    }

    private func usual(_ answer: Answer, _ now: Timestamp) -> Verdict {
        switch answer.status {
        case 200...299: return .success
        case 401:
            if authentication.hasToken { return .refresh }
            return failure(.configuration, answer, nil, now)
        case 403: return failure(.permission, answer, nil, now)
        case 429: return failure(.rateLimit, answer, nil, now)
        case 408, 425, 500...599: return failure(.transient, answer, nil, now)
        default: return failure(.system, answer, nil, now)
        }
    }

    private func failure(
        _ kind: ConnectorFailure.Kind,
        _ answer: Answer,
        _ message: String?,
        _ now: Timestamp
    ) -> Verdict {
        let detail = message ?? answer.excerpt
        let isRedirect = [301, 302, 303, 307, 308].contains(answer.status)
        let status = isRedirect ? "\(answer.status), and redirects are not followed" : "\(answer.status)"
        let problem = "The server answered \(status)" + (detail.isEmpty ? "." : ": \(detail)")
        var failure = ConnectorFailure(
            kind,
            problem,
            retryAfter: answer.retryAfter(now),
            // What stands between us and the vendor does not know what the vendor did.
            isUncertain: answer.status == 502 || answer.status == 504
        )
        failure.isRefusal = kind == .system && (400...499).contains(answer.status)
        return .failure(failure)
    }

    /// How long nothing may be asked, because the vendor says that nothing is left.
    func pause(after answer: Answer, now: Timestamp) -> Duration? {
        guard let limits, answer[header: limits.remaining].flatMap(Double.init).map({ $0 <= 0 }) == true,
            let reset = answer[header: limits.reset].flatMap(Double.init), reset.isFinite
        else { return nil }
        let seconds = limits.unit == .epoch ? reset - Double(now.microseconds) / 1_000_000 : reset
        return .milliseconds(Int64(min(max(seconds, 0), 86_400) * 1000))
    }
}

extension Duration {
    /// A number of seconds, up to a day.
    fileprivate init?(pause text: String) {
        guard let seconds = Double(text), seconds.isFinite else { return nil }
        self = .milliseconds(Int64((min(max(seconds, 0), 86_400) * 1000).rounded(.up)))
    }
}

extension Answer {
    /// `Retry-After`, in seconds or as a date, up to a day.
    func retryAfter(_ now: Timestamp) -> Duration? {
        guard let text = self[header: "Retry-After"] else { return nil }
        if let pause = Duration(pause: text) { return pause }
        guard let time = MailDate.parse(text) else { return nil }
        return min(max(.microseconds(time.microseconds - now.microseconds), .zero), .seconds(86_400))
    }

    /// A time of ours by the vendor's clock, if that is behind ours; `now` is when the answer came.
    ///
    /// What changes after it has a later time there. A clock that is more than a day behind is not believed to be one.
    func vendorTime(of time: Timestamp, at now: Timestamp) -> Timestamp {
        guard let date = self[header: "Date"].flatMap(MailDate.parse) else { return time }
        let behind = Duration.microseconds(now.microseconds - date.microseconds)
        return behind > .zero && behind <= .seconds(86_400) ? time - behind : time
    }

    /// The beginning of what it says, for a person.
    fileprivate var excerpt: String {
        let text = body == .null ? "" : body.plainText
        let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        return line.count > 200 ? "\(line.prefix(200))…" : line
    }
}

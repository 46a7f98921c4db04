public import Events
public import HTTPTypes
public import Hummingbird
import Logging
public import MessageLog
public import Topics

/// Writes every administrative call to `control`, together with what it decided, before it is answered.
///
/// Each service writes to a lane of its own; `profile` shows all of them as one list.
public struct AuditTrail: Sendable {
    /// Who wants what done to which thing.
    public struct Deed: Sendable {
        /// The id of the key that was used.
        public var actor: String
        /// Such as `keys.create`.
        public var action: String
        /// What it is to be done to.
        public var subject: String

        /// What the holder of a key asks for; until more is known, the subject is the address.
        public init(_ action: String, by key: GrantedKey, on request: Request) {
            self.init(action, by: key, on: request.uri.path)
        }

        /// What the holder of a key asks for, and what it is about as long as no more is known.
        public init(_ action: String, by key: GrantedKey, on subject: String) {
            actor = key.id
            self.action = action
            self.subject = String(subject.prefix(200))
        }
    }

    private let log: any MessageLog
    private let keys: KeyRing
    private let refusals: RefusalMeter
    private let translate: @Sendable (any Error) -> APIError

    /// Creates a trail; `translate` says how a call that throws is answered, which is what its entry then has.
    public init(
        log: any MessageLog,
        keys: KeyRing,
        refusals: RefusalMeter = RefusalMeter(perMinute: 60),
        translate: @escaping @Sendable (any Error) -> APIError = { APIError(answering: $0, logger: .current) }
    ) {
        self.log = log
        self.keys = keys
        self.refusals = refusals
        self.translate = translate
    }

    /// Answers a request that takes an admin key; what it does is written down, and so is a refusal of another key.
    public func administration(
        _ action: String,
        _ request: Request,
        at now: Timestamp = SystemClock.now(),
        _ body: () async throws -> Administered
    ) async throws -> Response {
        guard let key = keys.check(request.headers) else { throw keys.refusal() }
        let deed = Deed(action, by: key, on: request)
        guard key.scope == .admin else {
            try await refuse(deed, at: now)
            throw APIError.forbidden(needs: GrantedKey.Scope.admin.rawValue)
        }
        return try await following(deed, at: now, body)
    }

    /// Refuses a request without a key that may read; neither the call nor a refusal is written down.
    public func requireReader(_ request: Request) throws(APIError) {
        try keys.requireReader(in: request.headers)
    }

    /// Runs an administrative call; its records and its audit entry are appended in one piece, or the call fails.
    public func following(
        _ deed: Deed,
        at now: Timestamp,
        _ action: () async throws -> Administered
    ) async throws -> Response {
        let outcome: Administered
        do {
            outcome = try await action()
        } catch {
            let error = translate(error)
            try await decide([entry(of: deed, status: error.status.code, at: now)], at: now)
            throw error
        }
        var deed = deed
        deed.subject = outcome.subject
        let entry = entry(of: deed, status: outcome.status.code, at: now)
        try await decide(outcome.records + [entry], at: now)
        return try await outcome.answer()
    }

    /// Notes a call whose key was good but not good enough.
    public func refuse(_ deed: Deed, at now: Timestamp) async throws {
        guard refusals.admits(deed.actor, at: now) else { return }
        try await decide([entry(of: deed, status: 403, at: now)], at: now)
    }

    private func decide(_ records: [ControlRecord], at now: Timestamp) async throws(MessageLogError) {
        _ = try await log.append(records.map { $0.record(at: now) }, to: Topic.control)
        for record in records { keys.apply(record) }
    }

    private func entry(of deed: Deed, status: Int, at now: Timestamp) -> ControlRecord {
        .audit(
            AuditEntry(actor: deed.actor, action: deed.action, subject: deed.subject, status: status, time: now)
        )
    }
}

/// What an administrative call decided: the records that make it so, and the answer.
public struct Administered: Sendable {
    /// What it was done to, for the audit entry.
    public var subject: String
    /// Go to `control` in one append with the audit entry, before the answer.
    public var records: [ControlRecord]
    /// The status of the answer to the caller.
    public var status: HTTPResponse.Status
    /// Makes the answer, once the records are on the log.
    public var answer: @Sendable () async throws -> Response

    /// An outcome of its parts.
    public init(subject: String, records: [ControlRecord] = [], response: Response) {
        self.init(subject: subject, records: records, status: response.status) { response }
    }

    /// An outcome that is answered with what it led to.
    public init(
        subject: String,
        records: [ControlRecord],
        status: HTTPResponse.Status,
        answer: @escaping @Sendable () async throws -> Response
    ) {
        self.subject = subject
        self.records = records
        self.status = status
        self.answer = answer
    }
}

import Events
import Hummingbird
import MessageLog
import ServiceKit
import Synchronization
import Topics

/// Writes every administrative call to `control`, together with what it decided, before it is answered.
struct AuditTrail: Sendable {
    /// Who wants what done to which thing.
    struct Deed: Sendable {
        var actor: String
        var action: String
        var subject: String
    }

    let log: any MessageLog
    let keys: KeyRing
    let refusals: RefusalMeter

    /// Runs an administrative call; its records and its audit entry are appended in one piece, or the call fails.
    func following(
        _ deed: Deed,
        at now: Timestamp,
        _ action: () async throws -> Administered
    ) async throws -> Response {
        let outcome: Administered
        do {
            outcome = try await action()
        } catch {
            let error = APIError(translating: error)
            try await decide([entry(of: deed, status: error.status.code, at: now)], at: now)
            throw error
        }
        let deed = Deed(actor: deed.actor, action: deed.action, subject: outcome.subject)
        let entry = entry(of: deed, status: outcome.response.status.code, at: now)
        try await decide(outcome.records + [entry], at: now)
        return outcome.response
    }

    /// Notes a call whose key was good but not good enough.
    func refuse(_ deed: Deed, at now: Timestamp) async throws {
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

/// Bounds how many refused calls of one key are written down, since `control` is kept for ever and write keys are public.
final class RefusalMeter: Sendable {
    private struct Count {
        var minute: Int64
        var refusals: Int
    }

    private let perMinute: Int
    private let counts = Mutex<[String: Count]>([:])

    init(perMinute: Int) {
        self.perMinute = perMinute
    }

    /// Whether this refusal is one to write down.
    func admits(_ actor: String, at now: Timestamp) -> Bool {
        let minute = now.microseconds / 60_000_000
        return counts.withLock { counts in
            var count = counts[actor] ?? Count(minute: minute, refusals: 0)
            if count.minute != minute { count = Count(minute: minute, refusals: 0) }
            count.refusals += 1
            counts[actor] = count
            return count.refusals <= perMinute
        }
    }
}

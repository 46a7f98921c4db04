import Events
import Testing

@testable import IngestService

/// Noon of the first day of 2026, when everything in these tests arrives.
let noon = Timestamp("2026-01-01T12:00:00Z") ?? Timestamp(microseconds: 0)

/// What becomes of the events of a body, read as on a path without a dialect of its own.
func judge(
    _ body: String,
    dialect: Dialect? = nil,
    call: EventCall? = nil,
    limits: Limits = Limits()
) throws -> [Verdict] {
    let submission = try Submission(Array(body.utf8), dialect: dialect, limits: limits)
    let delivery = submission.delivery(receivedAt: noon, sentAt: nil, limits: limits)
    return submission.items.map { submission.dialect.judge($0, call: call, of: delivery) }
}

/// The one event of a body, which must be taken.
func admit(
    _ body: String,
    dialect: Dialect? = nil,
    call: EventCall? = nil
) throws -> AdmittedEvent {
    let verdict = try #require(try judge(body, dialect: dialect, call: call).first)
    guard case .admitted(let event) = verdict else {
        Issue.record("refused: \(verdict)")
        throw Refusal(.unsupported, "refused")
    }
    return event
}

/// Why the one event of a body is refused.
func refusal(
    _ body: String,
    dialect: Dialect? = nil,
    call: EventCall? = nil,
    limits: Limits = Limits()
) throws -> Refusal.Code? {
    guard case .refused(let refusal, _, _) = try judge(body, dialect: dialect, call: call, limits: limits).first else {
        return nil
    }
    return refusal.code
}

extension AdmittedEvent {
    /// The canonical event's text.
    var text: String { String(decoding: event, as: UTF8.self) }

    /// The canonical event, read.
    var json: JSONView {
        get throws { try JSONDocument(Array(event)).root }
    }

    var warningCodes: [Warning.Code] { warnings.map(\.code) }
}

import Events

/// The four times of an event.
///
/// The sender's clock may be wrong, but its differences are right: what it says to lie between the event and the sending
/// also lies between the event and our receiving. So `timestamp = receivedAt - (sentAt - original)`.
///
/// - A clock that is less than a second off is left alone: that is the network, and differs from one retry to the next.
/// - A clock that is more than a week off is not believed to be a clock: such bodies are stored ones, sent again.
/// - What then still lies before 1970 or too far in the future happened when it arrived.
struct EventTimes: Equatable, Sendable {
    /// When it happened, corrected.
    var timestamp: Timestamp
    /// When it happened, by the sender's clock.
    var original: Timestamp?
    /// When it was sent, by the sender's clock.
    var sentAt: Timestamp?
    /// When it arrived, by ours.
    var receivedAt: Timestamp

    /// The least error of a clock that is corrected.
    static let noticeableSkew: Int64 = 1_000_000
    /// The greatest one.
    static let believableSkew: Int64 = 7 * 86_400 * 1_000_000
    /// How far in the future an event may lie; more is a wrong time zone, or nonsense.
    static let toleratedFuture: Int64 = 2 * 3600 * 1_000_000

    /// Times of an event that happened as it arrived.
    init(receivedAt: Timestamp) {
        timestamp = receivedAt
        self.receivedAt = receivedAt
    }

    /// Times of an event of which the sender says only how many microseconds before its sending it happened.
    ///
    /// There is no time of the sender's to keep: reckoned from the arrival it is another one whenever the event is sent again, and the
    /// event would not be known again by it.
    init(ago: Int64, sentAt: Timestamp?, receivedAt: Timestamp, warnings: inout [Warning]) {
        self.init(receivedAt: receivedAt)
        self.sentAt = sentAt
        timestamp = Timestamp(microseconds: receivedAt.microseconds - ago)
        clamp(warnings: &warnings)
    }

    /// Decides the event's time, and adds a warning where the sender's word was not taken.
    init(
        original: Timestamp?,
        sentAt: Timestamp?,
        receivedAt: Timestamp,
        corrected: Bool,
        warnings: inout [Warning]
    ) {
        self.init(receivedAt: receivedAt)
        self.original = original
        self.sentAt = sentAt
        guard let original else { return }
        timestamp = original
        if corrected, let sentAt { correct(original, sentAt: sentAt, warnings: &warnings) }
        clamp(warnings: &warnings)
    }

    private mutating func correct(_ original: Timestamp, sentAt: Timestamp, warnings: inout [Warning]) {
        let skew = receivedAt.microseconds - sentAt.microseconds
        switch abs(skew) {
        case ..<Self.noticeableSkew: return
        case ...Self.believableSkew: timestamp = Timestamp(microseconds: original.microseconds + skew)
        default:
            warnings.append(
                Warning(.ignoredSkew, "The sender's clock is more than a week off; its times were left as they are.")
            )
        }
    }

    private mutating func clamp(warnings: inout [Warning]) {
        let isPlausible =
            timestamp.microseconds > 0
            && timestamp.microseconds <= receivedAt.microseconds + Self.toleratedFuture
        if isPlausible { return }
        timestamp = receivedAt
        warnings.append(
            Warning(.implausibleTime, "The event lies before 1970 or in the future; the time it arrived counts.")
        )
    }
}

extension JSONView {
    /// The time that a client wrote in one of the ways that clients do: RFC 3339, the same without a zone (taken for UTC),
    /// or a number of seconds or milliseconds since 1970.
    var lenientTime: Timestamp? {
        if let timestamp { return timestamp }
        if let text = string { return Timestamp(text) ?? Timestamp(text + "Z") }
        guard let seconds = double, abs(seconds) < 1e14 else { return nil }
        // 1e11 seconds is the year 5138, 1e11 milliseconds is 1973: nobody means the former.
        return Timestamp(microseconds: Int64(seconds * (abs(seconds) < 1e11 ? 1_000_000 : 1000)))
    }
}

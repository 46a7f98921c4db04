import Events
import MessageLog
import Topics

/// A request's events, judged and turned into records.
struct Intake {
    private(set) var events: [Record] = []
    private(set) var deadLetters: [Record] = []
    private(set) var receipt: Receipt
    /// The first refusal, which is the answer to a request of one event.
    private(set) var refusal: Refusal?
    private(set) var refusals: [Refusal.Code: Int] = [:]
    /// Whether the request, or any of its events, has a good key.
    let hasKey: Bool
    let dialect: Dialect
    /// Whether it came as one event, whose refusal is the request's.
    let isSingle: Bool
    private let headers: [Header]

    /// Judges every event of the submission; one that is refused takes no other with it.
    ///
    /// Without any good key nothing is judged: that would be work for anybody who asks.
    init(_ submission: Submission, path: EventsPath, delivery: Delivery, keys: PresentedKeys) {
        let requestKey = keys.writer
        hasKey = requestKey != nil || submission.items.contains { submission.key(of: $0, keys: keys) != nil }
        dialect = submission.dialect
        isSingle = submission.isSingle
        headers = delivery.trace.map { [$0.header] } ?? []
        receipt = Receipt(keepsIDs: path.answer == .results)
        guard hasKey else { return }
        var delivery = delivery
        delivery.isKey = { keys.isKey($0) }
        events.reserveCapacity(submission.items.count)
        if submission.items.count > delivery.limits.usualEvents {
            receipt.warn(Warning(.largeBatch, "The batch has more than 2,500 events; other systems refuse it."))
        }
        for (index, item) in submission.items.enumerated() {
            let key = submission.key(of: item, keys: keys) ?? requestKey
            let verdict = submission.dialect.judge(item, call: path.call, of: delivery)
            take(verdict, on: item, index, key: key, keys, delivery)
        }
    }

    private mutating func take(
        _ verdict: Verdict,
        on item: JSONView,
        _ index: Int,
        key: GrantedKey?,
        _ keys: PresentedKeys,
        _ delivery: Delivery
    ) {
        switch verdict {
        case .refused(let refusal, let messageID, let raw):
            let shown = keys.adding(Submission.keys(in: item))
            refuse(index, refusal, messageID: messageID, raw: raw, key: key, shown, delivery)
        case .admitted(let event):
            guard let key else {
                let refusal = Refusal(.invalidKey, "Neither the request nor the event has a good write key.")
                return refuse(
                    index,
                    refusal,
                    messageID: event.messageID,
                    raw: event.event,
                    key: nil,
                    keys,
                    delivery
                )
            }
            events.append(
                Record(
                    key: Array(event.orderingKey.utf8),
                    value: event.envelope(source: key.source, userNamespace: key.userNamespace),
                    headers: headers,
                    timestamp: delivery.receivedAt.microseconds
                )
            )
            receipt.accept(index, messageID: event.messageID, warnings: event.warnings)
        }
    }

    private mutating func refuse(
        _ index: Int,
        _ refusal: Refusal,
        messageID: String?,
        raw: ArraySlice<UInt8>,
        key: GrantedKey?,
        _ keys: PresentedKeys,
        _ delivery: Delivery
    ) {
        receipt.reject(index, messageID: messageID, refusal)
        refusals[refusal.code, default: 0] += 1
        if self.refusal == nil { self.refusal = refusal }
        // Without a good key nothing is written: else anybody could fill the disk.
        guard let key else { return }
        let letter = DeadLetter(
            refusal: refusal.code.rawValue,
            reason: refusal.message,
            key: key,
            messageID: messageID,
            payload: raw,
            keeping: delivery.limits.keptOfEvent,
            keys: keys,
            at: delivery.receivedAt,
            trace: delivery.trace
        )
        deadLetters.append(letter.record(at: delivery.receivedAt))
    }
}

extension Submission {
    /// The good key that an event carries itself, which outranks the request's.
    fileprivate func key(of item: JSONView, keys: PresentedKeys) -> GrantedKey? {
        switch dialect {
        case .segment: item["writeKey"]?.string.flatMap { keys.writer(behind: $0) }
        case .posthog: Submission.key(of: item).flatMap { keys.writer(behind: $0) }
        }
    }
}

extension DeadLetter {
    /// What was refused at the door: as text, without keys, and not longer than is kept.
    init(
        refusal code: String,
        reason: String,
        key: GrantedKey,
        messageID: String? = nil,
        payload: some Collection<UInt8>,
        keeping limit: Int,
        keys: PresentedKeys,
        at time: Timestamp,
        trace: TraceContext? = nil
    ) {
        let text = String(decoding: payload.prefix(limit), as: UTF8.self)
        self.init(
            service: "ingest",
            code: code,
            reason: reason,
            origin: key.source,
            userNamespace: key.userNamespace,
            messageID: messageID,
            time: time,
            payload: keys.redacted(text),
            trace: trace
        )
    }
}

import Events
import Identity
import MessageLog
import Topics

/// Turns records into events.
struct EventDecoder: Sendable {
    let rules: Rules
    let hash: KeyedHash
    let now: @Sendable () -> Timestamp
    /// For tests only (`KITH_TEST_TRAP_ON`): reading an event of this name ends the process as a defect would.
    let trapOn: String?
    /// Events of forgotten persons that are still on the log, and are passed over.
    var suppressed: SuppressedEvents?

    /// Decodes records, and tells of each which one it is just before.
    ///
    /// - Parameter condemned: A record with which nothing can be done; it is refused without being looked at.
    func decode(
        _ records: [StoredRecord],
        condemned: Quarantine.Condemned?,
        before: (Offset) -> Void
    ) -> (events: [DecodedEvent], refused: [DeadLetter]) {
        var events: [DecodedEvent] = []
        var refused: [DeadLetter] = []
        events.reserveCapacity(records.count)
        for record in records {
            if let condemned, record.offset == condemned.offset {
                refused.append(letter(for: record, code: condemned.failure.code, reason: condemned.failure.reason))
                continue
            }
            before(record.offset)
            do throws(EnvelopeError) {
                guard let event = try decode(record) else { continue }
                if event.facts.identifiers.isEmpty {
                    refused.append(letter(for: record, code: "no_identifier", reason: Self.nobody))
                } else if event.header.isTooLong {
                    refused.append(letter(for: record, code: "invalid_record", reason: Self.tooLong))
                } else {
                    events.append(event)
                }
            } catch .erased {
                continue
            } catch {
                refused.append(letter(for: record, code: "invalid_record", reason: error.description))
            }
        }
        return (events, refused)
    }

    private static let nobody = "None of the ids in the event identifies anybody."
    private static let tooLong = "The event's name or its message id has more than \(EventHeader.textBytes) bytes."

    private func decode(_ record: StoredRecord) throws(EnvelopeError) -> DecodedEvent? {
        let envelope = try EventEnvelope(decoding: record.record.value)
        if let trapOn, envelope.name == trapOn { preconditionFailure("KITH_TEST_TRAP_ON") }
        guard let rest = passed(envelope) else { return nil }
        let event = event(of: rest, at: record.offset, trace: record.record.traceHeader)
        // What names nobody without a person who was forgotten was theirs.
        return event.facts.identifiers.isEmpty && rest.event.raw.count != envelope.event.raw.count ? nil : event
    }

    /// An event as it is taken in, without what is somebody's who was forgotten; `nil` if it is not.
    func passed(_ envelope: EventEnvelope) -> EventEnvelope? {
        guard let suppressed else { return envelope }
        return suppressed.passed(envelope)
    }

    /// What the pipeline needs of an event.
    func event(of envelope: EventEnvelope, at offset: Offset, trace: Header? = nil) -> DecodedEvent {
        DecodedEvent(
            header: envelope.header,
            facts: rules.facts(of: envelope),
            offset: offset,
            key: hash.key(source: envelope.source, messageID: envelope.messageID),
            bucket: DuplicateBucket.of(envelope.header),
            contentHash: ContentHash.of(envelope),
            trace: trace
        )
    }

    private func letter(for record: StoredRecord, code: String, reason: String) -> DeadLetter {
        DeadLetter(
            service: "profile",
            code: code,
            reason: reason,
            origin: record.partition.name,
            messageID: nil,
            position: "\(record.partition)@\(record.offset)",
            replayTopic: Topic.events,
            time: now(),
            payload: String(decoding: record.record.value.prefix(65536), as: UTF8.self),
            trace: record.record.trace
        )
    }
}

extension InFlightMark.Failure {
    /// As the dead letter of a condemned record has it.
    fileprivate var code: String {
        switch self {
        case .trap: DeadLetter.poison
        case .refusal: "unwritable"
        }
    }

    fileprivate var reason: String {
        switch self {
        case .trap: "The process ended three times while it was at this record."
        case .refusal: "The store refused this record each time."
        }
    }
}

extension DeadLetter {
    /// The code of what has ended a process again and again.
    static let poison = "poison"
}

extension EventHeader {
    /// The bytes that a name or a message id may have: a PostgreSQL's indexes take few more.
    fileprivate static let textBytes = 1024

    fileprivate var isTooLong: Bool {
        messageID.utf8.count > Self.textBytes || name?.utf8.count ?? 0 > Self.textBytes
    }
}

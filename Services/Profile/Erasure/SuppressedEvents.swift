import Events
import Identity
import MessageLog
import ServiceKit
import Topics

/// What of the log is not taken in, because it is about somebody who is to be forgotten.
///
/// The log may still have it: it was received before the suppression was known at the door, or is about to be rewritten.
struct SuppressedEvents: Sendable {
    /// For each hash of an identifier, until when events of it are not taken in.
    private let hashes: [String: Timestamp]
    private let key: SuppressionKey
    /// Events that are the person's although they do not say so.
    private let places: Set<RecordPlace>

    /// What follows from people's decisions; `nil` if nobody was ever to be forgotten.
    init?(_ book: ControlBook, key: SuppressionKey) {
        guard !book.erasures.isEmpty else { return nil }
        var hashes: [String: Timestamp] = [:]
        var places: Set<RecordPlace> = []
        for erasure in book.erasures.values {
            let until = book.withdrawals[erasure.suppression.id]?.word.time ?? .distantFuture
            for hash in erasure.suppression.hashes { hashes[hash] = max(hashes[hash] ?? until, until) }
            for (lane, offsets) in erasure.forgotten?.places ?? [:] {
                places.formUnion(offsets.map { RecordPlace(lane: lane, offset: $0) })
            }
        }
        self.hashes = hashes
        self.key = key
        self.places = places
    }

    /// The event as it is taken in; `nil` if it is not.
    func passed(_ envelope: EventEnvelope, at place: RecordPlace, _ rules: Rules) -> EventEnvelope? {
        guard !places.contains(place) else { return nil }
        let verdict = rules.verdict(on: envelope) { identifier in
            hashes[key.hash(of: identifier)].map { envelope.receivedAt < $0 } ?? false
        }
        switch verdict {
        case .keep: return envelope
        case .drop: return nil
        case .redact(let identifiers): return rules.redacted(envelope, of: identifiers)
        }
    }
}

extension Timestamp {
    fileprivate static let distantFuture = Timestamp(microseconds: .max)
}

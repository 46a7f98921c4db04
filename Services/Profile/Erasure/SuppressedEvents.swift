import Events
import Identity
import ServiceKit
import Topics

/// What of the log is not taken in, because it is about somebody who is to be forgotten.
///
/// The log may still have it: it was received before the suppression was known at the door, or is about to be rewritten.
struct SuppressedEvents: Sendable {
    /// For each hash of an identifier, until when events of it are not taken in.
    private let hashes: [String: Timestamp]
    private let key: SuppressionKey
    /// Events that are a person's although they do not say so, by their hashes.
    private let messages: Set<String>

    /// What follows from people's decisions; `nil` if nobody was ever to be forgotten.
    ///
    /// Only whom the store has forgotten already is kept out of it: until then it takes in what was there when that was asked for, by
    /// which it knows what is the person's.
    init?(_ book: ControlBook, forgotten: Set<String>, key: SuppressionKey) {
        let erasures = book.erasures.values.filter { $0.forgotten != nil || forgotten.contains($0.suppression.id) }
        guard !erasures.isEmpty else { return nil }
        var hashes: [String: Timestamp] = [:]
        var messages: Set<String> = []
        for erasure in erasures {
            let until = book.withdrawals[erasure.suppression.id]?.word.time ?? .distantFuture
            for hash in erasure.suppression.hashes { hashes[hash] = max(hashes[hash] ?? until, until) }
            messages.formUnion(erasure.forgotten?.messages ?? [])
        }
        self.hashes = hashes
        self.key = key
        self.messages = messages
    }

    /// The event as it is taken in; `nil` if it is not.
    func passed(_ envelope: EventEnvelope, _ rules: Rules) -> EventEnvelope? {
        if !messages.isEmpty, messages.contains(key.hash(ofMessage: envelope.messageID, from: envelope.source)) {
            return nil
        }
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

import Events
import Identity
import ServiceKit
import Topics

/// What of the log is not taken in, because it is about somebody who is to be forgotten.
///
/// The log may still have it: it was received before the suppression was known at the door, or is about to be rewritten. It makes
/// no difference whether the person was forgotten by other rules.
struct SuppressedEvents: Sendable {
    /// For each hash of an identifier, until when events of it are not taken in.
    private let hashes: [String: Timestamp]
    /// The same of mailboxes, by rules that fold them.
    private let foldedHashes: [String: Timestamp]
    private let recognition: Recognition
    private let key: SuppressionKey
    /// Events that are a person's although they do not say so, by their hashes.
    private let messages: Set<String>

    /// What follows from people's decisions; `nil` if nobody was ever to be forgotten.
    ///
    /// Only whom the store has forgotten already is kept out of it: until then it takes in what was there when that was asked for, by
    /// which it knows what is the person's.
    ///
    /// - Parameter rules: Those that the store is made by.
    init?(_ book: ControlBook, forgotten: Set<String>, key: SuppressionKey, rules: Rules) {
        let erasures = book.erasures.values.filter { $0.forgotten != nil || forgotten.contains($0.suppression.id) }
        guard !erasures.isEmpty else { return nil }
        var hashes: [String: Timestamp] = [:]
        var foldedHashes: [String: Timestamp] = [:]
        var messages: Set<String> = []
        for erasure in erasures {
            let until = book.withdrawals[erasure.suppression.id]?.word.time ?? .distantFuture
            for hash in erasure.suppression.hashes { hashes[hash] = max(hashes[hash] ?? until, until) }
            for hash in erasure.suppression.foldedHashes {
                foldedHashes[hash] = max(foldedHashes[hash] ?? until, until)
            }
            messages.formUnion(erasure.forgotten?.messages ?? [])
        }
        self.hashes = hashes
        self.foldedHashes = foldedHashes
        self.key = key
        self.messages = messages
        recognition = Recognition(by: rules, formsOf: erasures.rulesOfForgetting)
    }

    /// The event as it is taken in; `nil` if it is not.
    func passed(_ envelope: EventEnvelope) -> EventEnvelope? {
        if !messages.isEmpty, messages.contains(key.hash(ofMessage: envelope.messageID, from: envelope.source)) {
            return nil
        }
        let rest = recognition.rest(of: envelope) { identifier, rules in
            let hash = key.hash(of: identifier)
            if let until = hashes[hash], envelope.receivedAt < until { return true }
            guard rules.foldsMailboxes, let until = foldedHashes[hash] else { return false }
            return envelope.receivedAt < until
        }
        switch rest {
        case .whole: return envelope
        case .part(let redacted): return redacted
        case .nothing: return nil
        }
    }
}

extension Timestamp {
    fileprivate static let distantFuture = Timestamp(microseconds: .max)
}

import Events
import Identity
import IdentityRules
import ServiceKit
import Topics

/// What of the log is not taken in, because it is about somebody who is to be forgotten.
///
/// The log may still have it: it was received before the suppression was known at the door, or is about to be rewritten. It makes
/// no difference whether the person was forgotten by other rules.
struct SuppressedEvents: Sendable {
    private let people: KnownPeople
    private let key: SuppressionKey
    /// Events that are a person's although they do not say so, by their hashes.
    private let messages: Set<String>
    /// What the log is rewritten by that is not clean yet, where that is by other rules.
    private let erasers: [RecordEraser]

    /// What follows from people's decisions; `nil` if nobody was ever to be forgotten.
    ///
    /// Only whom the store has forgotten already is kept out of it: until then it takes in what was there when that was asked for, by
    /// which it knows what is the person's.
    ///
    /// - Parameter rules: Those that the store is made by.
    init?(_ book: ControlBook, forgotten: Set<String>, key: SuppressionKey, rules: Rules) {
        let erasures = book.erasures.values.filter { $0.forgotten != nil || forgotten.contains($0.suppression.id) }
        guard !erasures.isEmpty else { return nil }
        people = ForgottenPeople(erasures) { book.withdrawals[$0.id]?.word.time }.known(by: rules, key: key)
        self.key = key
        messages = erasures.reduce(into: []) { $0.formUnion($1.forgotten?.messages ?? []) }
        let unclean = erasures.filter { !$0.suppression.identifiers.isEmpty }
        // In one order, whatever process it is.
        let byRules = Dictionary(grouping: unclean) { $0.forgotten?.rules }.sorted { $0.key ?? "" < $1.key ?? "" }
        erasers = byRules.compactMap { text, erasures in
            guard let others = text.flatMap({ try? Rules(yaml: $0) }), others != rules else { return nil }
            return RecordEraser(erasures, withdrawals: book.withdrawals, rules: others, key: nil)
        }
    }

    /// The event as it is taken in; `nil` if it is not.
    func passed(_ envelope: EventEnvelope) -> EventEnvelope? {
        if !messages.isEmpty, messages.contains(key.hash(ofMessage: envelope.messageID, from: envelope.source)) {
            return nil
        }
        // First what the log is about to have of it: whose it is these rules may see in another way.
        var left = envelope
        for eraser in erasers {
            guard let rest = eraser.rest(of: left).left(of: left) else { return nil }
            left = rest
        }
        return people.rest(of: left).left(of: left)
    }
}

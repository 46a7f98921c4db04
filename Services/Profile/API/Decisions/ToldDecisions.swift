import Events
import Identity
import Topics

/// What people decided and took back, in their own words, as far as it may be told.
///
/// What was said of whoever is to be forgotten is told no more from then on; the log has it until they are erased.
struct ToldDecisions: Sendable {
    /// A decision that was taken back.
    struct Withdrawn: Sendable {
        let decision: IdentityDecision
        /// Who took it back, and why, and when.
        let word: Word
    }

    private let book: ControlBook
    private let traces: PersonTraces
    /// When somebody was to be forgotten for the last time; what was said later may be of people who are known again.
    private let lastErasure: Timestamp

    init(_ book: ControlBook, rules: Rules) {
        let suppressions = book.erasures.values.map(\.suppression).filter { !$0.identifiers.isEmpty }
        self.book = book.withoutForgotten(by: rules)
        traces = PersonTraces(
            identifiers: suppressions.flatMap(\.identifiers),
            profileIDs: suppressions.flatMap(\.profileIDs),
            rules: rules
        )
        lastErasure = suppressions.map(\.word.time).max() ?? .earliest
    }

    /// What was said when something was decided, or when it was taken back; `nil` if that is not known, or not to be told.
    func word(on id: String, isWithdrawn: Bool) -> Word? {
        guard let decision = book.decisions[id] ?? book.withdrawnDecisions[id] else { return nil }
        let word = isWithdrawn ? book.withdrawals[id]?.word : decision.word
        return word.flatMap { mayBeTold($0) ? $0 : nil }
    }

    /// What was taken back behind a place, all or what was decided on an identifier, the last taken back first.
    func withdrawn(on name: Identifier?, after last: DecisionCursor?, by lookup: ProfileLookup) -> [Withdrawn] {
        let found = book.withdrawnDecisions.values.compactMap { decision -> Withdrawn? in
            guard let word = book.withdrawals[decision.id]?.word, mayBeTold(word), mayBeTold(decision.word) else {
                return nil
            }
            let names = [decision.left, decision.right].map(lookup.normalized)
            return name == nil || names.contains(name) ? Withdrawn(decision: decision, word: word) : nil
        }
        let rest = last.map { last in found.filter { $0.place < (last.time, last.id) } } ?? found
        return rest.sorted { $0.place > $1.place }
    }

    /// What was said of traits and taken back, with who took it back, and why; the last said first.
    var withdrawnCorrections: [(correction: TraitCorrection, word: Word)] {
        let corrections = book.withdrawnCorrections.values.sorted { ($0.word.time, $0.id) > ($1.word.time, $1.id) }
        return corrections.compactMap { correction in
            guard let word = book.withdrawals[correction.id]?.word, mayBeTold(word), mayBeTold(correction.word) else {
                return nil
            }
            return (correction, word)
        }
    }

    private func mayBeTold(_ word: Word) -> Bool {
        word.time > lastErasure || !traces.areFound(in: word.reason) && !traces.areFound(in: word.author)
    }
}

extension ToldDecisions.Withdrawn {
    fileprivate var place: (Int64, String) { (word.time.microseconds, decision.id) }

    /// Writes what the API shows of it.
    func writePublicFields(to writer: inout JSONWriter) {
        decision.writePublicFields(to: &writer)
        word.writeWithdrawal(to: &writer)
    }
}

extension Word {
    /// Writes that something was taken back, as a member of it.
    func writeWithdrawal(to writer: inout JSONWriter) {
        writer.object("withdrawn") { writePublicFields(to: &$0) }
    }
}

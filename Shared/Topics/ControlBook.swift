import Events

/// What people decided, as the records of `control` come to; whatever their order, and however often each is read.
public struct ControlBook: Sendable, Equatable {
    /// How far the forgetting of a person has come.
    public struct Erasure: Sendable, Equatable {
        /// What was asked for.
        public var suppression: Suppression
        /// What the profile store has said of it, once it has forgotten.
        public var forgotten: Forgotten?
        /// The instances that have nothing more, by name.
        public var erased: [String: Erased] = [:]

        /// An erasure that has come so far.
        public init(suppression: Suppression, forgotten: Forgotten? = nil, erased: [String: Erased] = [:]) {
            self.suppression = suppression
            self.forgotten = forgotten
            self.erased = erased
        }
    }

    /// What holds of two identifiers, by id.
    public private(set) var decisions: [String: IdentityDecision] = [:]
    /// What holds of traits, by id.
    public private(set) var corrections: [String: TraitCorrection] = [:]
    /// Everybody who ever was to be forgotten, by the suppression's id.
    public private(set) var erasures: [String: Erasure] = [:]
    /// What was decided of two identifiers and no longer holds, by id.
    public private(set) var withdrawnDecisions: [String: IdentityDecision] = [:]
    /// What was decided of traits and no longer holds, by id.
    public private(set) var withdrawnCorrections: [String: TraitCorrection] = [:]
    /// What no longer holds, by the id of what it was.
    public private(set) var withdrawals: [String: Withdrawal] = [:]
    /// The instances that are gone for good, as somebody has said.
    public private(set) var retired: Set<String> = []
    private var stages: [String: Stage] = [:]

    /// What was said of an erasure, which may be read before what was asked for.
    private struct Stage {
        /// With all of its hashes, once its last record is there.
        var forgotten: Forgotten?
        var erased: [String: Erased] = [:]
        private var messages: Set<String> = []

        mutating func take(_ part: Forgotten) {
            messages.formUnion(part.messages)
            if !part.continues { forgotten = part }
            forgotten?.messages = messages.sorted()
        }
    }

    /// A book in which nothing was decided.
    public init() {}

    /// The suppressions that hold.
    public var suppressions: [Suppression] {
        erasures.values.map(\.suppression).filter { withdrawals[$0.id] == nil }.sorted { $0.id < $1.id }
    }

    /// Of whom it was decided what a withdrawal takes back.
    ///
    /// It is empty when that is not on the log any more, and `nil` for an erasure, and a withdrawal that was not read.
    public func identifiers(withdrawnBy withdrawal: Withdrawal) -> [Identifier]? {
        let id = withdrawal.id
        guard withdrawals[id] != nil, erasures[id] == nil else { return nil }
        if let decision = withdrawnDecisions[id] { return [decision.left, decision.right] }
        return withdrawnCorrections[id].map { [$0.identifier] } ?? []
    }

    /// The same without what was said of people before they were to be forgotten, for as long as it is known who they are.
    ///
    /// It is about to go from the log as well.
    ///
    /// - Parameters:
    ///   - form: The form in which identifiers are compared: what was said may go by rules from before.
    ///   - isWanted: The erasures that are meant; all, if it is not said.
    public func withoutForgotten(
        comparing form: (Identifier) -> Identifier,
        of isWanted: (Erasure) -> Bool = { _ in true }
    ) -> ControlBook {
        var forgotten: [Identifier: Timestamp] = [:]
        for suppression in erasures.values.filter(isWanted).map(\.suppression) {
            for identifier in suppression.identifiers.map(form) {
                forgotten[identifier] = max(forgotten[identifier] ?? .earliest, suppression.word.time)
            }
        }
        guard !forgotten.isEmpty else { return self }
        func isForgotten(_ identifier: Identifier, _ word: Word) -> Bool {
            forgotten[identifier].map { word.time <= $0 } ?? false
        }
        var book = self
        func isKept(_ decision: IdentityDecision) -> Bool {
            !isForgotten(form(decision.left), decision.word) && !isForgotten(form(decision.right), decision.word)
        }
        book.decisions = decisions.filter { isKept($1) }
        book.withdrawnDecisions = withdrawnDecisions.filter { isKept($1) }
        book.corrections = corrections.filter { !isForgotten(form($1.identifier), $1.word) }
        book.withdrawnCorrections = withdrawnCorrections.filter { !isForgotten(form($1.identifier), $1.word) }
        return book
    }

    /// Takes in what a record says.
    public mutating func apply(_ record: ControlRecord) {
        switch record {
        case .key, .keyRevoked, .audit: break
        case .decision(let decision):
            let isWithdrawn = withdrawals[decision.id] != nil
            if isWithdrawn { withdrawnDecisions[decision.id] = decision } else { decisions[decision.id] = decision }
        case .correction(let correction):
            let id = correction.id
            if withdrawals[id] == nil { corrections[id] = correction } else { withdrawnCorrections[id] = correction }
        case .withdrawal(let withdrawal):
            withdrawals[withdrawal.id] = withdrawal
            if let decision = decisions.removeValue(forKey: withdrawal.id) {
                withdrawnDecisions[withdrawal.id] = decision
            }
            if let correction = corrections.removeValue(forKey: withdrawal.id) {
                withdrawnCorrections[withdrawal.id] = correction
            }
        case .suppression(let suppression):
            let stage = stages[suppression.id]
            erasures[suppression.id] = Erasure(
                suppression: erasures[suppression.id]?.suppression.joined(with: suppression) ?? suppression,
                forgotten: stage?.forgotten,
                erased: stage?.erased ?? [:]
            )
        case .forgotten(let forgotten): note(forgotten.suppression) { $0.take(forgotten) }
        case .retirement(let retirement): retired.insert(retirement.instance)
        case .erased(let erased): note(erased.suppression) { $0.erased[erased.instance] = erased }
        }
    }

    /// Changes who said something and why, of everything that was said.
    public mutating func reword(_ change: (inout Word) -> Void) {
        func reworded<Said>(_ all: [String: Said], _ word: WritableKeyPath<Said, Word>) -> [String: Said] {
            all.mapValues { said in
                var said = said
                change(&said[keyPath: word])
                return said
            }
        }
        decisions = reworded(decisions, \.word)
        withdrawnDecisions = reworded(withdrawnDecisions, \.word)
        corrections = reworded(corrections, \.word)
        withdrawnCorrections = reworded(withdrawnCorrections, \.word)
        withdrawals = reworded(withdrawals, \.word)
        erasures = reworded(erasures, \.suppression.word)
    }

    private mutating func note(_ id: String, _ change: (inout Stage) -> Void) {
        change(&stages[id, default: Stage()])
        erasures[id]?.forgotten = stages[id]?.forgotten
        erasures[id]?.erased = stages[id]?.erased ?? [:]
    }

    /// Whether the same holds.
    public static func == (left: ControlBook, right: ControlBook) -> Bool {
        left.decisions == right.decisions && left.withdrawnDecisions == right.withdrawnDecisions
            && left.corrections == right.corrections && left.withdrawnCorrections == right.withdrawnCorrections
            && left.erasures == right.erasures && left.withdrawals == right.withdrawals && left.retired == right.retired
    }
}

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
    }

    /// What holds of two identifiers, by id.
    public private(set) var decisions: [String: IdentityDecision] = [:]
    /// What holds of traits, by id.
    public private(set) var corrections: [String: TraitCorrection] = [:]
    /// Everybody who ever was to be forgotten, by the suppression's id.
    public private(set) var erasures: [String: Erasure] = [:]
    /// What no longer holds, by the id of what it was.
    public private(set) var withdrawals: [String: Withdrawal] = [:]
    private var stages: [String: (forgotten: Forgotten?, erased: [String: Erased])] = [:]

    /// A book in which nothing was decided.
    public init() {}

    /// The suppressions that hold.
    public var suppressions: [Suppression] {
        erasures.values.map(\.suppression).filter { withdrawals[$0.id] == nil }.sorted { $0.id < $1.id }
    }

    /// Takes in what a record says.
    public mutating func apply(_ record: ControlRecord) {
        switch record {
        case .key, .keyRevoked, .audit: break
        case .decision(let decision):
            if withdrawals[decision.id] == nil { decisions[decision.id] = decision }
        case .correction(let correction):
            if withdrawals[correction.id] == nil { corrections[correction.id] = correction }
        case .withdrawal(let withdrawal):
            withdrawals[withdrawal.id] = withdrawal
            decisions[withdrawal.id] = nil
            corrections[withdrawal.id] = nil
        case .suppression(let suppression):
            let stage = stages[suppression.id]
            erasures[suppression.id] = Erasure(
                suppression: suppression,
                forgotten: stage?.forgotten,
                erased: stage?.erased ?? [:]
            )
        case .forgotten(let forgotten): note(forgotten.suppression) { $0.forgotten = forgotten }
        case .erased(let erased): note(erased.suppression) { $0.erased[erased.instance] = erased }
        }
    }

    private mutating func note(
        _ id: String,
        _ change: (inout (forgotten: Forgotten?, erased: [String: Erased])) -> Void
    ) {
        change(&stages[id, default: (nil, [:])])
        erasures[id]?.forgotten = stages[id]?.forgotten
        erasures[id]?.erased = stages[id]?.erased ?? [:]
    }

    /// Whether the same holds.
    public static func == (left: ControlBook, right: ControlBook) -> Bool {
        left.decisions == right.decisions && left.corrections == right.corrections && left.erasures == right.erasures
            && left.withdrawals == right.withdrawals
    }
}

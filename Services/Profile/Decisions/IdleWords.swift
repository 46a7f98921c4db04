import Events
import Identity
import Topics

/// What people decided and have not taken back, and from which nothing follows by a store's rules.
///
/// It is of two spellings of one identifier, or of a value that identifies nobody. The store has none of it (``DecisionNews``), but it
/// stands on `control`: a rebuild by rules that know the difference gives it its effect.
struct IdleWords: Sendable {
    let decisions: [IdentityDecision]
    let corrections: [TraitCorrection]
    private let rules: Rules

    init(_ book: ControlBook, rules: Rules) {
        let book = book.withoutForgotten(by: rules)
        decisions = book.decisions.values.filter { Self.isIdle($0, by: rules) }
        corrections = book.corrections.values.filter { rules.normalized($0.identifier) == nil }
        self.rules = rules
    }

    /// The decisions, all or those on an identifier.
    func decisions(on identifier: Identifier?) -> [IdentityDecision] {
        guard let identifier else { return decisions }
        let name = known(identifier)
        return decisions.filter { known($0.left) == name || known($0.right) == name }
    }

    /// The decision with an id.
    func decision(_ id: String) -> IdentityDecision? { decisions.first { $0.id == id } }

    /// The correction with an id.
    func correction(_ id: String) -> TraitCorrection? { corrections.first { $0.id == id } }

    /// An identifier in its normal form; as it is if it can be nobody's.
    private func known(_ identifier: Identifier) -> Identifier { rules.normalized(identifier) ?? identifier }

    private static func isIdle(_ decision: IdentityDecision, by rules: Rules) -> Bool {
        guard let left = rules.normalized(decision.left), let right = rules.normalized(decision.right) else {
            return true
        }
        return left == right
    }
}

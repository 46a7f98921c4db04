/// Why two identifiers are one person's, or why they are not.
///
/// It is a function of the set of members, evidence, logins and decisions, whatever their order; and from the second to the
/// first it is the same, backwards.
public struct Explanation: Sendable, Equatable {
    /// What says that two identifiers are one person's.
    public enum Tie: Sendable, Hashable {
        /// Evidence, by its place in ``Component/evidence``.
        case evidence(Int)
        /// Somebody's decision, by its place in ``Component/decisions``.
        case decision(Int)
        /// Both are times on the same device.
        case device
    }

    /// One step of a chain.
    public struct Link: Sendable, Hashable {
        /// Where it begins; the link before ends there.
        public var from: Resolution.Part
        /// Where it ends.
        public var to: Resolution.Part
        /// What joins the two.
        public var tie: Tie
        /// Why it was not followed; `nil` where it was.
        public var refusal: Resolution.Reason?

        /// A link of its parts.
        public init(from: Resolution.Part, to: Resolution.Part, tie: Tie, refusal: Resolution.Reason? = nil) {
            self.from = from
            self.to = to
            self.tie = tie
            self.refusal = refusal
        }

        /// The same link from its other end.
        var reversed: Link { Link(from: to, to: from, tie: tie, refusal: refusal) }
    }

    /// Whether both are one person's.
    public var isTogether: Bool
    /// What leads from the one to the other; empty when the two are the same, `nil` when nothing does.
    ///
    /// Of all chains the one whose weakest link is the strongest, then the one with the fewest links that were not followed, then
    /// the shortest, then the first in canonical order. Of two that are together all links were followed. Of two that are not,
    /// it is what would join them if everything were followed.
    public var chain: [Link]?
    /// The id of the decision that their profiles are apart, whatever evidence there is.
    public var separation: String?
}

extension Rules {
    /// Explains why two identifiers of a component, each whole or a part of a divided device, are one person's or are not.
    ///
    /// A divided device as a whole stands for all its parts: it is together with everybody who used it.
    public func explain(
        _ from: Resolution.Part,
        _ to: Resolution.Part,
        in component: Component
    ) -> Explanation {
        Explainer(of: component, rules: self).explain(from, to)
    }

    /// Everything that speaks for two identifiers of a component being one person's, in canonical order; with what was not
    /// followed, and why.
    public func links(in component: Component) -> [Explanation.Link] {
        Explainer(of: component, rules: self).links
    }
}

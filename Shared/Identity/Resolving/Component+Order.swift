import Events

extension Component {
    /// Whether a piece of evidence, by its place, is taken before another.
    ///
    /// The stronger is; of the equally strong the one with the lesser event time, source, message id or identifiers.
    func precedes(_ left: Int, _ right: Int) -> Bool {
        let (one, other) = (evidence[left], evidence[right])
        let (weight, otherWeight) = (one.strength.weight, other.strength.weight)
        if weight != otherWeight { return weight > otherWeight }
        if one.time != other.time { return one.time < other.time }
        if let order = UTF8Order.precedes(one.source, other.source) { return order }
        if let order = UTF8Order.precedes(one.messageID, other.messageID) { return order }
        return ends(of: one) < ends(of: other)
    }

    private func ends(of evidence: Evidence) -> (Identifier, Identifier) {
        let (left, right) = (members[evidence.left].identifier, members[evidence.right].identifier)
        return left < right ? (left, right) : (right, left)
    }
}

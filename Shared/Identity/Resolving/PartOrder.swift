import Events

/// The orders of identifiers and, of divided devices, of their parts.
struct PartOrder {
    let members: [Component.Member]

    /// The order of identifiers, and of the parts of one device by their logins.
    func precedes(_ left: Resolution.Part, _ right: Resolution.Part) -> Bool {
        if left.member != right.member { return members[left.member].identifier < members[right.member].identifier }
        guard let one = left.login else { return right.login != nil }
        guard let other = right.login else { return false }
        return members[one].identifier < members[other].identifier
    }

    /// Whether a profile is called by a part rather than by another: by one of a device only if there is nothing else.
    func founds(_ left: Resolution.Part, rather right: Resolution.Part) -> Bool {
        if (left.login == nil) != (right.login == nil) { return left.login == nil }
        return isSeen(left, before: right)
    }

    /// Whether a member was seen before another; of what was seen at the same time, what precedes.
    func isSeen(_ left: Resolution.Part, before right: Resolution.Part) -> Bool {
        let (first, second) = (members[left.member].firstSeen, members[right.member].firstSeen)
        return first != second ? first < second : precedes(left, right)
    }
}

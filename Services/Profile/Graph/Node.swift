import Events
import Identity

/// What an identifier is to the people that have it, as ``Schema/identifier`` keeps it (see ``Identity/Resolution/State``).
enum NodeState: Int64 {
    case whole = 0
    case shared = 1
    case divided = 2
    case claimed = 3
    case ambiguous = 4

    init(_ state: Resolution.State) {
        switch state {
        case .whole: self = .whole
        case .shared: self = .shared
        case .divided: self = .divided
        case .claimed: self = .claimed
        case .ambiguous: self = .ambiguous
        }
    }

    /// Whether it joins no one, and is passed over where an event finds its place.
    var isNobodys: Bool { self == .shared || self == .ambiguous }
}

/// An identifier as the graph keeps it, or what is one login's of a divided device; a class, because it is passed along often and
/// never changed.
final class Node: Sendable {
    let identifier: Identifier
    /// What it is known by outside, and the profile that it founds.
    let key: Key128
    let firstSeen: Int64
    /// The profile it belongs to.
    let profile: Int64
    let state: NodeState
    /// Of which device it is a part, and whose.
    let part: PartKey?

    init(
        identifier: Identifier,
        key: Key128,
        firstSeen: Int64,
        profile: Int64,
        state: NodeState = .whole,
        part: PartKey? = nil
    ) {
        self.identifier = identifier
        self.key = key
        self.firstSeen = firstSeen
        self.profile = profile
        self.state = state
        self.part = part
    }

    /// The same with something else in place of what is given.
    func with(
        identifier: Identifier? = nil,
        firstSeen: Int64? = nil,
        profile: Int64? = nil,
        state: NodeState? = nil,
        part: PartKey? = nil
    ) -> Node {
        Node(
            identifier: identifier ?? self.identifier,
            key: key,
            firstSeen: firstSeen ?? self.firstSeen,
            profile: profile ?? self.profile,
            state: state ?? self.state,
            part: part ?? self.part
        )
    }

    var isNobodys: Bool { state.isNobodys }
    /// Whether a resolution does not look behind it: what it is was decided by more than can be looked at each time.
    ///
    /// Not so of an ambiguous one: those behind it are what makes it ambiguous.
    var isBorder: Bool { state == .shared || state == .claimed }
}

/// What is one login's of a device, both given by their numbers.
struct PartKey: Hashable {
    var device: Int64
    var login: Int64
}

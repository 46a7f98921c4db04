/// How much weight evidence has; the stronger is accepted first.
public struct Strength: Hashable, Comparable, Sendable {
    /// Greater is stronger.
    public var value: Int64

    /// A strength as it is stored.
    public init(_ value: Int64) {
        self.value = value
    }

    /// How an event names two identifiers together.
    enum Statement: Int64 {
        /// One is a property of what happened, as the address that an order goes to.
        case mentioned = 10
        /// Both are the sender's own.
        case carried = 20
        /// The event says who somebody is.
        case identified = 30
        /// The event says that both are the same; of two of one namespace nobody knows which is the former name: so old stores have it.
        case aliased = 40
        /// The event says that both are the same, and that the greater of the two is the former name.
        case aliasedFromGreater = 41
        /// The event says that both are the same, and that the lesser of the two is the former name.
        case aliasedFromLesser = 42
    }

    /// Evidence with an identifier that belongs to one person outweighs any between addresses and devices.
    init(_ statement: Statement, isUnique: Bool) {
        value = statement.rawValue + (isUnique ? 100 : 0)
    }

    /// Whether it says that two identifiers are the same, rather than that one person has both.
    public var isAlias: Bool { value % 100 >= Statement.aliased.rawValue }

    /// Whether, of two that are the same, the greater is the former name; `nil` where that is not known.
    var isFromGreater: Bool? {
        switch Statement(rawValue: value % 100) {
        case .aliasedFromGreater: true
        case .aliasedFromLesser: false
        default: nil
        }
    }

    /// Whether both say that two are the same, but not alike which of them is the former name.
    public func isTurned(from other: Strength) -> Bool {
        isAlias && other.isAlias && isFromGreater != other.isFromGreater
    }

    /// What counts where evidence is taken in order: which of two names is the former one makes nothing stronger.
    public var weight: Int64 { isAlias ? value - value % 100 + Statement.aliased.rawValue : value }

    /// Orders the weaker before the stronger.
    public static func < (left: Strength, right: Strength) -> Bool { left.value < right.value }
}

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
        /// The event says that both are the same.
        case aliased = 40
    }

    /// Evidence with an identifier that belongs to one person outweighs any between addresses and devices.
    init(_ statement: Statement, isUnique: Bool) {
        value = statement.rawValue + (isUnique ? 100 : 0)
    }

    /// Whether it says that two identifiers are the same, rather than that one person has both.
    var isAlias: Bool { value % 100 == Statement.aliased.rawValue }

    /// Orders the weaker before the stronger.
    public static func < (left: Strength, right: Strength) -> Bool { left.value < right.value }
}

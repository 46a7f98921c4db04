/// What holds for the identifiers of one namespace.
public struct NamespaceRule: Sendable, Hashable {
    /// How a value is brought to the one form that it is compared in.
    public enum Normalization: Sendable, Hashable {
        /// White space around it is taken away.
        case trimmed
        case email
        case phone
    }

    /// The strongest namespace has the least.
    public var priority: Int
    /// How many a profile may have.
    public var limit: Int
    /// Whether a value belongs to one person, as a login does and a device does not.
    public var isUnique: Bool
    /// The form of its values.
    public var normalization: Normalization

    /// A rule of its parts.
    public init(priority: Int, limit: Int = 25, isUnique: Bool, normalization: Normalization = .trimmed) {
        self.priority = priority
        self.limit = limit
        self.isUnique = isUnique
        self.normalization = normalization
    }
}

/// What holds for the identifiers of one namespace.
public struct NamespaceRule: Sendable, Hashable {
    /// How a value is brought to the one form that it is compared in.
    public enum Normalization: String, Sendable, Hashable, CaseIterable {
        /// White space around it is taken away.
        case trimmed
        /// As an e-mail address.
        case email
        /// As a phone number.
        case phone
    }

    /// The strongest namespace has the least.
    public var priority: Int
    /// How many a profile may have.
    public var limit: Int
    /// Whether a value belongs to one person, as a login does and a device does not.
    public var isUnique: Bool
    /// Whether several people may use it one after the other, each from a login to the next.
    public var isDevice: Bool
    /// The form of its values.
    public var normalization: Normalization
    /// A value with evidence to more distinct values than this, of one stronger namespace, is shared.
    public var shareThreshold: Int
    /// Values that identify nobody, besides those that do in no namespace: what such a value is in lower case, after it
    /// was normalized.
    public var junk: Set<String>

    /// A rule of its parts.
    public init(
        priority: Int,
        limit: Int = 25,
        isUnique: Bool = false,
        isDevice: Bool = false,
        normalization: Normalization = .trimmed,
        shareThreshold: Int = 5,
        junk: Set<String> = []
    ) {
        self.priority = priority
        self.limit = limit
        self.isUnique = isUnique
        self.isDevice = isDevice
        self.normalization = normalization
        self.shareThreshold = shareThreshold
        self.junk = junk
    }

    /// Whether two values cannot be one person's: with such an identifier, somebody logs in on a device.
    public var isLogin: Bool { isUnique && limit == 1 }
}

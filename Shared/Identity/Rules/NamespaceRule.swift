/// What holds for the identifiers of one namespace.
public struct NamespaceRule: Sendable, Hashable {
    /// How a value is brought to the one form that it is compared in.
    public enum Normalization: String, Sendable, Hashable, CaseIterable {
        /// White space around it is taken away.
        case trimmed
        /// As an e-mail address, without a difference of case, its domain in ASCII.
        case email
        /// As a phone number, in E.164.
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
    /// Whether a system may have several values for one person: those that agree on an address count once towards the limit.
    public var mayRepeat: Bool
    /// A value with evidence to more distinct values than this, of one stronger namespace that is unique, is shared.
    public var shareThreshold: Int
    /// A value with evidence to more distinct values than this, of one stronger namespace that is not unique, is shared.
    public var weakShareThreshold: Int
    /// Values that identify nobody, besides those that do in no namespace; in any letter case.
    public var junk: Set<String> {
        didSet { foldedJunk = Set(junk.map(JunkValues.folded)) }
    }
    private var foldedJunk: Set<String>

    /// A rule of its parts.
    public init(
        priority: Int,
        limit: Int = 25,
        isUnique: Bool = false,
        isDevice: Bool = false,
        normalization: Normalization = .trimmed,
        mayRepeat: Bool = false,
        shareThreshold: Int = 5,
        weakShareThreshold: Int = 25,
        junk: Set<String> = []
    ) {
        self.priority = priority
        self.limit = limit
        self.isUnique = isUnique
        self.isDevice = isDevice
        self.normalization = normalization
        self.mayRepeat = mayRepeat
        self.shareThreshold = shareThreshold
        self.weakShareThreshold = weakShareThreshold
        self.junk = junk
        foldedJunk = Set(junk.map(JunkValues.folded))
    }

    /// Whether two values cannot be one person's: with such an identifier, somebody logs in on a device.
    public var isLogin: Bool { isUnique && limit == 1 }

    /// Whether it is one person's, at least for a time, as an id or a device is, while an address may be anybody's.
    var isCertain: Bool { isUnique || isDevice }
    /// Whether it is an address that a person is reached at, by mail or phone.
    var isAddress: Bool { !isCertain && normalization != .trimmed }
    /// Whether it is one of mail.
    public var isMailAddress: Bool { isAddress && normalization == .email }

    /// Whether it is one of the values that identify nobody in this namespace.
    func isJunk(_ value: String) -> Bool {
        !foldedJunk.isEmpty && foldedJunk.contains(JunkValues.folded(value))
    }
}

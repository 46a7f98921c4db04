/// Why an outside system could not be used; who may do something about it follows from its kind.
public struct ConnectorFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// What it is.
    public var kind: Kind
    /// One sentence for a person, without any secret.
    public var problem: String
    /// When the other side said that one may come back.
    public var retryAfter: Duration?

    /// The kinds of failures.
    public enum Kind: String, CaseIterable, Sendable {
        /// A setting is wrong, such as a password.
        case configuration
        /// The login is good, but not for this.
        case permission
        /// Too much was asked for; later it will do.
        case rateLimit
        /// It may be over when it is tried again.
        case transient
        /// The connector does not understand the other side.
        case system
    }

    /// Whether it is not known if the other side did what was asked.
    public var isUncertain: Bool
    /// Whether it is only that the other side does not know any more what a stream goes on from.
    var mayRestart = false
    /// Whether the other side refuses just what was asked, and will again: nothing is wrong with the login or the time.
    var isRefusal = false
    /// Whether the other side was not even asked, since it wants to be left alone.
    var isUnasked = false

    /// A failure of its parts.
    public init(_ kind: Kind, _ problem: String, retryAfter: Duration? = nil, isUncertain: Bool = false) {
        self.kind = kind
        self.problem = problem
        self.retryAfter = retryAfter
        self.isUncertain = isUncertain
    }

    /// The sentence.
    public var description: String { problem }

    /// Whether the same may succeed later without anybody doing anything.
    var mayPass: Bool { kind == .rateLimit || kind == .transient }
}

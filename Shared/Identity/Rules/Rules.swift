/// How identities are resolved: what each namespace means, and when an identifier tells nothing.
///
/// The result of a resolution is a function of the events and of these; change one, and the store is to be built anew.
public struct Rules: Sendable, Hashable {
    /// The rules of the namespaces that are known by name.
    public var namespaces: [String: NamespaceRule] = [
        Namespace.user: NamespaceRule(priority: 10, limit: 1, isUnique: true),
        "crm_id": NamespaceRule(priority: 20, isUnique: true),
        Namespace.email: NamespaceRule(priority: 40, normalization: .email),
        Namespace.phone: NamespaceRule(priority: 50, normalization: .phone),
        Namespace.device: NamespaceRule(priority: 60, isDevice: true),
        Namespace.anonymous: NamespaceRule(priority: 70, isDevice: true),
    ]
    /// The rule of a namespace that ends in `.contact`: a system's record of a person, which it may have twice.
    public var contact: NamespaceRule = Self.contact
    /// The rule of every other namespace: a person's id in some system.
    public var other = NamespaceRule(priority: 30, limit: 1, isUnique: true)
    /// The rules of the traits that do not simply have the value seen last.
    public var traits: [String: TraitRule] = [:]
    /// Names of track events that end a login on a device, as a login by somebody else does; in lower case, for names in
    /// any.
    public var signOutEvents: Set<String> = ["signed out", "logged out", "sign out", "logout", "user signed out"]
    /// An identifier with evidence to more others than this, of whatever namespaces, is shared: a robot's or a test's.
    public var degreeLimit = 10_000
    /// The ISO 3166 code of the country of phone numbers that are written without one, when the event does not say either.
    public var country = "US"
    /// Whether mail addresses that a provider takes for the same are the same, such as Gmail's with and without dots.
    public var foldsMailboxes = false
    /// The longest value, in bytes, that is taken for an identifier.
    public var identifierBytes = 512
    /// The longest value of a trait, in bytes of JSON, and the longest name.
    public var traitBytes = 16384
    /// The most identifiers that one event is taken to name.
    public var identifiersPerEvent = 32

    private static let contact = NamespaceRule(priority: 20, limit: 1, isUnique: true, mayRepeat: true)

    /// The rules that hold when nothing else is configured.
    public init() {}

    /// The rule of a namespace.
    public subscript(_ namespace: String) -> NamespaceRule {
        if let rule = namespaces[namespace] { return rule }
        return namespace.utf8.hasSuffix(".contact") ? contact : other
    }
}

/// The namespaces that have a meaning of their own.
public enum Namespace {
    /// A person's login, the `userId` of a source that says nothing else.
    public static let user = "user"
    /// An e-mail address.
    public static let email = "email"
    /// A phone number.
    public static let phone = "phone"
    /// A device, by its own id or its advertising id.
    public static let device = "device"
    /// A browser or an app's installation.
    public static let anonymous = "anonymous"
}

extension String.UTF8View {
    func hasSuffix(_ suffix: StaticString) -> Bool {
        let length = suffix.utf8CodeUnitCount
        guard count >= length else { return false }
        return suffix.withUTF8Buffer { self.suffix(length).elementsEqual($0) }
    }
}

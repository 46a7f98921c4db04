public import Events

/// A key as the system keeps it: never the secret, only its hash.
public struct GrantedKey: Sendable, Equatable {
    /// What a key may do.
    public enum Scope: String, Sendable, CaseIterable {
        /// Send events.
        case write
        /// Query profiles.
        case read
        /// Everything `read` may, and administration.
        case admin
    }

    /// The key's id; not the secret.
    public var id: String
    /// What the key may do.
    public var scope: Scope
    /// The source that a write key's events belong to, and a label for the others.
    public var source: String
    /// The namespace that this source's `userId` is in; `nil` means `user`.
    public var userNamespace: String?
    /// SHA-256 of the secret, in lower-case hexadecimal.
    public var hash: String
    /// When it was made.
    public var createdAt: Timestamp

    /// Creates the value from its parts.
    public init(
        id: String,
        scope: Scope,
        source: String,
        userNamespace: String? = nil,
        hash: String,
        createdAt: Timestamp
    ) {
        self.id = id
        self.scope = scope
        self.source = source
        self.userNamespace = userNamespace
        self.hash = hash
        self.createdAt = createdAt
    }

    init(json: JSONView) throws(TopicError) {
        id = try json.requiredString("id")
        scope = try json.requiredChoice("scope")
        source = try json.requiredString("source")
        userNamespace = json["userNamespace"]?.string
        hash = try json.requiredString("hash")
        createdAt = try json.requiredTime("createdAt")
    }

    func writeFields(to writer: inout JSONWriter) {
        writer.field("id", id)
        writer.field("scope", scope.rawValue)
        writer.field("source", source)
        if let userNamespace { writer.field("userNamespace", userNamespace) }
        writer.field("hash", hash)
        writer.field("createdAt", createdAt.description)
    }
}

public import Events

/// A decision that every service must know; a record of topic `control`.
public enum ControlRecord: TopicValue, Equatable {
    /// A key was made, or changed.
    case key(GrantedKey)
    /// A key is no longer good.
    case keyRevoked(id: String, at: Timestamp)
    /// Somebody did something administrative.
    case audit(AuditEntry)

    /// The record key: equal keys keep their order.
    public var recordKey: String {
        switch self {
        case .key(let key): "key:\(key.id)"
        case .keyRevoked(let id, _): "key:\(id)"
        case .audit: "audit"
        }
    }

    /// Reads the value from its JSON form.
    public init(json: JSONView) throws(TopicError) {
        switch try json.requiredString("kind") {
        case "key": self = .key(try GrantedKey(json: json))
        case "keyRevoked": self = .keyRevoked(id: try json.requiredString("id"), at: try json.requiredTime("at"))
        case "audit": self = .audit(try AuditEntry(json: json))
        case let other: throw TopicError.invalid("kind", other)
        }
    }

    /// Writes the JSON form.
    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        switch self {
        case .key(let key):
            writer.field("kind", "key")
            key.writeFields(to: &writer)
        case .keyRevoked(let id, let time):
            writer.field("kind", "keyRevoked")
            writer.field("id", id)
            writer.field("at", time.description)
        case .audit(let entry):
            writer.field("kind", "audit")
            entry.writeFields(to: &writer)
        }
        writer.endObject()
    }
}

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

/// One administrative call: who did what to which thing, and how it ended.
public struct AuditEntry: Sendable, Equatable {
    /// The id of the key that was used; never the key.
    public var actor: String
    /// Such as `keys.create`.
    public var action: String
    /// What it was done to.
    public var subject: String
    /// The HTTP status of the answer.
    public var status: Int
    /// When it happened.
    public var time: Timestamp

    /// Creates the value from its parts.
    public init(actor: String, action: String, subject: String, status: Int, time: Timestamp) {
        self.actor = actor
        self.action = action
        self.subject = subject
        self.status = status
        self.time = time
    }

    init(json: JSONView) throws(TopicError) {
        actor = try json.requiredString("actor")
        action = try json.requiredString("action")
        subject = try json.requiredString("subject")
        status = Int(try json.requiredInteger("status"))
        time = try json.requiredTime("at")
    }

    func writeFields(to writer: inout JSONWriter) {
        writer.field("actor", actor)
        writer.field("action", action)
        writer.field("subject", subject)
        writer.field("status", Int64(status))
        writer.field("at", time.description)
    }
}

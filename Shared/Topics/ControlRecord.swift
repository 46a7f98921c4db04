public import Events

/// A decision that every service must know; a record of topic `control`.
///
/// What all of them come to does not depend on their order (``ControlBook``).
public enum ControlRecord: TopicValue, Equatable {
    /// A key was made, or changed.
    case key(GrantedKey)
    /// A key is no longer good.
    case keyRevoked(id: String, at: Timestamp)
    /// Somebody did something administrative.
    case audit(AuditEntry)
    /// Somebody decided that two identifiers are one person's, or never are.
    case decision(IdentityDecision)
    /// Somebody said what the value of a trait is.
    case correction(TraitCorrection)
    /// A person is to be forgotten, and not to be known again.
    case suppression(Suppression)
    /// The profile store has forgotten a person; the log is to do so as well.
    case forgotten(Forgotten)
    /// One instance has rewritten all that it has on the log.
    case erased(Erased)
    /// An instance is gone for good; others look after its part of the log.
    case retirement(Retirement)
    /// A decision, a correction or a suppression no longer holds.
    case withdrawal(Withdrawal)

    private var known: (kind: String, key: String, write: (inout JSONWriter) -> Void) {
        switch self {
        case .key(let key): ("key", "key:\(key.id)", key.writeFields)
        case .keyRevoked(let id, let time):
            (
                "keyRevoked", "key:\(id)",
                { writer in
                    writer.field("id", id)
                    writer.field("at", time)
                }
            )
        case .audit(let entry): ("audit", "audit", entry.writeFields)
        case .decision(let decision): ("decision", decision.id, decision.writeFields)
        case .correction(let correction): ("correction", correction.id, correction.writeFields)
        case .suppression(let suppression): ("suppression", suppression.id, suppression.writeFields)
        case .forgotten(let forgotten):
            (forgotten.isPart ? "forgottenPart" : "forgotten", forgotten.suppression, forgotten.writeFields)
        case .erased(let erased): ("erased", erased.suppression, erased.writeFields)
        case .retirement(let retirement): ("retirement", "instance:\(retirement.instance)", retirement.writeFields)
        case .withdrawal(let withdrawal): ("withdrawal", withdrawal.id, withdrawal.writeFields)
        }
    }

    /// The record key: equal keys keep their order.
    public var recordKey: String { known.key }

    /// Reads the value from its JSON form.
    public init(json: JSONView) throws(TopicError) {
        switch try json.requiredString("kind") {
        case "key": self = .key(try GrantedKey(json: json))
        case "keyRevoked": self = .keyRevoked(id: try json.requiredString("id"), at: try json.requiredTime("at"))
        case "audit": self = .audit(try AuditEntry(json: json))
        case "decision": self = .decision(try IdentityDecision(json: json))
        case "correction": self = .correction(try TraitCorrection(json: json))
        case "suppression": self = .suppression(try Suppression(json: json))
        case "forgotten": self = .forgotten(try Forgotten(json: json))
        case "forgottenPart": self = .forgotten(try Forgotten(json: json, isPart: true))
        case "erased": self = .erased(try Erased(json: json))
        case "retirement": self = .retirement(try Retirement(json: json))
        case "withdrawal": self = .withdrawal(try Withdrawal(json: json))
        case let other: throw TopicError.invalid("kind", other)
        }
    }

    /// Writes the JSON form.
    public func write(to writer: inout JSONWriter) {
        let known = known
        writer.beginObject()
        writer.field("kind", known.kind)
        known.write(&writer)
        writer.endObject()
    }
}

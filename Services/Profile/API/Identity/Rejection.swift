import Events
import Identity

/// Why evidence was not followed, as the API tells it.
enum Rejection {
    /// A profile may have so many identifiers of the namespace.
    case limit(namespace: String, Int)
    case shared(Identifier)
    /// Nobody was known to be logged in on the device.
    case outsideLogins(Identifier)
    case separated(decision: String)
    case claimed(Identifier)
    /// Those who have it cannot be one person; what stands against it, if this evidence had a part in that.
    case ambiguous(Identifier, Conflict?)
    /// Different people's times on the device.
    case divided(Identifier)

    /// Why those who have an ambiguous identifier cannot be one person.
    enum Conflict {
        /// A profile may have so many identifiers of the namespace.
        case limit(namespace: String, Int)
        case separated(decision: String)
        /// One of them has another mail address, and no login names this one.
        case secondAddress
    }

    init(_ reason: Resolution.Reason, in component: Component, by rules: Rules) {
        func name(_ member: Int) -> Identifier { component.members[member].identifier }
        self =
            switch reason {
            case .limit(let namespace): .limit(namespace: namespace, rules[namespace].limit)
            case .shared(let member): .shared(name(member))
            case .outsideSpans(let member): .outsideLogins(name(member))
            case .separated(let decision): .separated(decision: decision)
            case .claimed(let member): .claimed(name(member))
            case .ambiguous(let member, let conflict):
                .ambiguous(name(member), conflict.map { Conflict($0, by: rules) })
            case .divided(let member): .divided(name(member))
            }
    }

    /// The reason in a word.
    var word: String {
        switch self {
        case .limit: "limit"
        case .shared: "shared"
        case .outsideLogins: "outside_logins"
        case .separated: "separated"
        case .claimed: "claimed"
        case .ambiguous: "ambiguous"
        case .divided: "divided"
        }
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("reason", word)
        switch self {
        case .limit(let namespace, let limit):
            writer.field("namespace", namespace)
            writer.field("limit", limit)
        case .shared(let identifier), .outsideLogins(let identifier), .claimed(let identifier),
            .divided(let identifier):
            writer.field("identifier", identifier.description)
        case .separated(let decision): writer.field("decision", decision)
        case .ambiguous(let identifier, let conflict):
            writer.field("identifier", identifier.description)
            conflict?.writeFields(to: &writer)
        }
        writer.endObject()
    }
}

extension Rejection.Conflict {
    fileprivate init(_ conflict: Resolution.Conflict, by rules: Rules) {
        self =
            switch conflict {
            case .limit(let namespace): .limit(namespace: namespace, rules[namespace].limit)
            case .separated(let decision): .separated(decision: decision)
            case .secondAddress: .secondAddress
            }
    }

    fileprivate func writeFields(to writer: inout JSONWriter) {
        switch self {
        case .limit(let namespace, let limit):
            writer.field("conflict", "limit")
            writer.field("namespace", namespace)
            writer.field("limit", limit)
        case .separated(let decision):
            writer.field("conflict", "separated")
            writer.field("decision", decision)
        case .secondAddress: writer.field("conflict", "second_address")
        }
    }
}

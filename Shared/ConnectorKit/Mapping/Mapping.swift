public import Events

/// How the records of a source become events.
///
/// ```yaml
/// mapping:
///   type: track                       # identify without it, or track when there is an event
///   event: Order Completed            # or {from: column}
///   userId: customer_id
///   email: email                      # an identifier, and a trait of an identify call
///   externalIds: {crm.contact: id}
///   traits: {firstName: first_name, age: {from: age, as: number}}
///   properties: {total: {from: total, as: number}, currency: {value: KRW}}
///   timestamp: {from: created, as: milliseconds}
///   messageId: order_id
/// ```
public struct Mapping: Sendable, Equatable {
    var type: EventType
    var event: FieldRule?
    var timestamp: FieldRule?
    var messageID: FieldRule?
    /// Fields that are texts at the event's top: `userId`, `anonymousId`, `groupId`, `previousId`.
    var topLevel: [Entry] = []
    /// By namespace.
    var externalIDs: [Entry] = []
    var traits: [Entry] = []
    var properties: [Entry] = []

    struct Entry: Sendable, Equatable {
        var name: String
        var rule: FieldRule
    }

    private static let topLevelNames = ["userId", "anonymousId", "groupId", "previousId"]
    private static let identifierNames = ["email", "phone"]
    private static let known =
        ["type", "event"] + topLevelNames + identifierNames
        + ["externalIds", "traits", "properties", "timestamp", "messageId"]

    /// Reads a mapping from the configuration.
    public init(_ value: JSONValue) throws(SettingsError) {
        guard case .object(let members) = value else { throw .invalid("mapping", reason: "is not a set of fields") }
        for name in members.keys.sorted() where !Self.known.contains(name) {
            throw .unknown("mapping.\(name)", known: Self.known)
        }
        type = try Self.type(members["type"], hasEvent: members["event"] != nil)
        event = try Self.rule("event", in: members, literal: true)
        timestamp = try Self.rule("timestamp", in: members)
        messageID = try Self.rule("messageId", in: members)
        for name in Self.topLevelNames {
            if let rule = try Self.rule(name, in: members) { topLevel.append(Entry(name: name, rule: rule)) }
        }
        externalIDs = try Self.entries("externalIds", in: members)
        traits = try Self.entries("traits", in: members)
        properties = try Self.entries("properties", in: members)
        for name in Self.identifierNames {
            if let rule = try Self.rule(name, in: members) { addIdentifier(name, rule) }
        }
    }

    /// The mapping for a table without one: columns called as identifiers are these, all others are traits.
    public init(guessingFrom columns: [String]) {
        type = .identify
        for column in columns {
            let rule = FieldRule(.field(column))
            switch column.lowercased().filter({ $0 != "_" && $0 != " " && $0 != "-" }) {
            case "userid": topLevel.append(Entry(name: "userId", rule: rule))
            case "anonymousid": topLevel.append(Entry(name: "anonymousId", rule: rule))
            case "email", "emailaddress": addIdentifier("email", rule)
            case "phone", "phonenumber": addIdentifier("phone", rule)
            case "timestamp", "updatedat": timestamp = FieldRule(.field(column), as: .time)
            default: traits.append(Entry(name: column, rule: rule))
            }
        }
    }

    /// The fields that it takes values from.
    public var fields: Set<String> {
        let single = [event, timestamp, messageID].compactMap { $0 }
        let entries = topLevel + externalIDs + traits + properties
        return Set(
            (single + entries.map(\.rule)).compactMap { if case .field(let name) = $0.origin { name } else { nil } }
        )
    }

    /// Whether its events can ever say whom they are about.
    public var hasIdentifier: Bool {
        !externalIDs.isEmpty || topLevel.contains { $0.name == "userId" || $0.name == "anonymousId" }
    }

    private mutating func addIdentifier(_ name: String, _ rule: FieldRule) {
        externalIDs.append(Entry(name: name, rule: rule))
        if type == .identify, !traits.contains(where: { $0.name == name }) {
            traits.append(Entry(name: name, rule: rule))
        }
    }

    private static func type(_ value: JSONValue?, hasEvent: Bool) throws(SettingsError) -> EventType {
        guard let value else { return hasEvent ? .track : .identify }
        guard case .string(let text) = value, let type = EventType(rawValue: text) else {
            let known = EventType.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalid("mapping.type", reason: "is not one of \(known)")
        }
        return type
    }

    private static func rule(
        _ name: String,
        in members: [String: JSONValue],
        literal: Bool = false
    ) throws(SettingsError) -> FieldRule? {
        guard let value = members[name] else { return nil }
        return try FieldRule(value, at: "mapping.\(name)", literal: literal)
    }

    private static func entries(_ name: String, in members: [String: JSONValue]) throws(SettingsError) -> [Entry] {
        guard let value = members[name] else { return [] }
        guard case .object(let fields) = value else {
            throw .invalid("mapping.\(name)", reason: "is not a set of fields")
        }
        var entries: [Entry] = []
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
            entries.append(Entry(name: key, rule: try FieldRule(value, at: "mapping.\(name).\(key)")))
        }
        return entries
    }
}

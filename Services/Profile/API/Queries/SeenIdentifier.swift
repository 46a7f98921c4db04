import Events
import Store

/// An identifier of a profile, and when it was seen.
struct SeenIdentifier: Sendable {
    let number: Int64
    let identifier: Identifier
    let firstSeen: Timestamp
    var lastSeen: Timestamp
    let isShared: Bool
    let profile: Int64

    /// Where it stands among the identifiers of its profile.
    var place: SeenPlace { SeenPlace(time: firstSeen.microseconds, identifier: identifier, number: number) }

    private static let columns: SQLText = """
        SELECT i.id, n.name, i.value, i.first_seen, i.shared, i.profile
        FROM identifier i JOIN namespace n ON n.id = i.namespace
        """

    private init(_ row: SQLRow) {
        number = row[0]
        identifier = Identifier(row[1], row[2])
        firstSeen = Timestamp(microseconds: row[3])
        lastSeen = firstSeen
        isShared = [NodeState.shared, .divided].map(\.rawValue).contains(row[4])
        profile = row[5]
    }

    /// Identifiers by their numbers, in their order.
    static func numbered(_ numbers: [Int64], in db: any SQLConnection) throws -> [SeenIdentifier] {
        try db.all(columns + " WHERE i.id", among: numbers) { SeenIdentifier($0) }.sorted { $0.number < $1.number }
    }

    /// The identifiers of a profile, the first seen first.
    static func all(of profile: Int64, in db: any SQLConnection) throws -> [SeenIdentifier] {
        try all(of: [profile], in: db)[profile] ?? []
    }

    /// The identifiers of some profiles, of each the first seen first.
    static func all(of profiles: [Int64], in db: any SQLConnection) throws -> [Int64: [SeenIdentifier]] {
        let order: SQLText = " ORDER BY i.first_seen, n.name, i.value, i.id"
        let identifiers = try db.all(columns + " WHERE i.profile", among: profiles, order, SeenIdentifier.init(_:))
        return Dictionary(grouping: identifiers, by: \.profile)
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writeFields(to: &writer)
        writer.endObject()
    }

    func writeFields(to writer: inout JSONWriter) {
        writer.field("namespace", identifier.namespace)
        writer.field("value", identifier.value)
        writer.field("firstSeen", firstSeen)
        writer.field("lastSeen", lastSeen)
        writer.field("shared", isShared)
    }
}

/// The place of an identifier among those of a profile; the parts of a device are told apart by their numbers.
struct SeenPlace: Comparable, LosslessStringConvertible {
    let time: Int64
    let identifier: Identifier
    let number: Int64

    init(time: Int64, identifier: Identifier, number: Int64) {
        self.time = time
        self.identifier = identifier
        self.number = number
    }

    /// Reads what ``description`` wrote; `nil` for anything else.
    init?(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let time = Int64(parts[0]), let number = Int64(parts[1]),
            let identifier = Identifier(parsing: parts[2])
        else { return nil }
        self.init(time: time, identifier: identifier, number: number)
    }

    var description: String { "\(time).\(number).\(identifier)" }

    static func < (left: SeenPlace, right: SeenPlace) -> Bool {
        (left.time, left.identifier, left.number) < (right.time, right.identifier, right.number)
    }
}

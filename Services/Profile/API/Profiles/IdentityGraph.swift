import Events
import GRDB
import Identity

/// The identifiers of a profile with their neighbours, and the evidence that lies between them.
struct IdentityGraph: Sendable {
    /// Two identifiers, and what says that they are one person's.
    struct Evidence: Sendable {
        let from: Int64
        let to: Int64
        let kind: String
        let time: Timestamp
        let source: String
        let messageID: String
        /// The namespace whose limit it would have broken.
        let rejected: String?
    }

    /// A robot's identifier has more evidence than anyone can look at.
    private static let most = 5000

    let profile: ProfileView
    let members: [SeenIdentifier]
    /// Identifiers with evidence to members that are not members themselves.
    let neighbours: [SeenIdentifier]
    let evidence: [Evidence]

    init(of profile: ProfileView, in db: Database) throws {
        self.profile = profile
        let sightings = try Sightings(of: profile.number, in: db)
        members = sightings.dating(try SeenIdentifier.all(of: profile.number, in: db))
        evidence = try Self.evidence(of: profile.number, in: db)
        let known = Set(members.map(\.number))
        let others = Set(evidence.flatMap { [$0.from, $0.to] }).subtracting(known)
        neighbours = try others.sorted().compactMap { number in
            let sql = """
                SELECT \(SeenIdentifier.columns) FROM identifier i JOIN namespace n ON n.id = i.namespace WHERE i.id = ?
                """
            return try db.first(sql, [number], SeenIdentifier.init)
        }
    }

    private static func evidence(of profile: Int64, in db: Database) throws -> [Evidence] {
        // Every pair stands twice, and only the row whose first is the lesser says more than that.
        let sql = """
            SELECT DISTINCT e.identifier, e.other, e.strength, e.time, s.name, e.message_id, r.name
            FROM identifier i CROSS JOIN evidence side ON side.identifier = i.id
            CROSS JOIN evidence e ON e.identifier = min(side.identifier, side.other)
                AND e.other = max(side.identifier, side.other)
            LEFT JOIN source s ON s.id = e.source LEFT JOIN namespace r ON r.id = e.rejected
            WHERE i.profile = ? ORDER BY e.time, e.identifier, e.other LIMIT \(most)
            """
        return try db.all(sql, [profile], Evidence.init)
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        profile.writeHead(to: &writer)
        writer.key("nodes")
        writer.beginArray()
        for member in members { write(member, isMember: true, to: &writer) }
        for neighbour in neighbours { write(neighbour, isMember: false, to: &writer) }
        writer.endArray()
        let names = Dictionary(
            uniqueKeysWithValues: (members + neighbours).map { ($0.number, $0.identifier.description) }
        )
        writer.key("edges")
        writer.beginArray()
        for edge in evidence { edge.write(to: &writer, names: names) }
        writer.endArray()
        writer.field("truncated", evidence.count == Self.most)
        writer.endObject()
    }

    private func write(_ node: SeenIdentifier, isMember: Bool, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("identifier", node.identifier.description)
        node.writeFields(to: &writer)
        writer.field("member", isMember)
        writer.endObject()
    }
}

extension IdentityGraph.Evidence {
    fileprivate init(_ row: Row) {
        from = row[0]
        to = row[1]
        kind = Strength(row[2] ?? 0).kind
        time = Timestamp(microseconds: row[3] ?? 0)
        source = row[4] ?? ""
        messageID = row[5] ?? ""
        rejected = row[6]
    }

    fileprivate func write(to writer: inout JSONWriter, names: [Int64: String]) {
        writer.beginObject()
        writer.field("from", names[from] ?? "")
        writer.field("to", names[to] ?? "")
        writer.field("kind", kind)
        writer.field("source", source)
        writer.field("messageId", messageID)
        writer.field("time", time)
        if let rejected {
            writer.key("rejected")
            writer.beginObject()
            writer.field("reason", "limit")
            writer.field("namespace", rejected)
            writer.endObject()
        }
        writer.endObject()
    }
}

extension Strength {
    /// How the event named the two identifiers together, in a word.
    fileprivate var kind: String {
        switch value % 100 {
        case 40...: "aliased"
        case 30...: "identified"
        case 20...: "carried"
        default: "mentioned"
        }
    }
}

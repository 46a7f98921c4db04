import Events
import Identity
import Store

/// Everything that was seen of the traits of some identifiers and is held, also what does not count now; read page by page.
struct HeldObservations: Sendable {
    private static let pageSize = 500

    /// The identifiers that are not done.
    private var open: ArraySlice<Int64>
    /// The place behind which the first of them goes on.
    private var last: HeldObservation.Place?

    init(of identifiers: [Int64]) {
        open = identifiers[...]
    }

    /// The next page, which may have nothing in it; `nil` behind the last.
    mutating func next(from store: any SQLStore) async throws -> [HeldObservation]? {
        guard let identifier = open.first else { return nil }
        let last = last
        let page = try await store.read { db in try Self.page(of: identifier, after: last, in: db) }
        self.last = page.last?.place
        if page.count < Self.pageSize {
            open.removeFirst()
            self.last = nil
        }
        return page
    }

    private static func page(
        of identifier: Int64,
        after last: HeldObservation.Place?,
        in db: any SQLConnection
    ) throws -> [HeldObservation] {
        let text = statement(of: identifier, after: last)
        let query = try BulkStatement(text.sql, in: db)
        query.bind(text.values)
        var page: [HeldObservation] = []
        while try query.step() { page.append(HeldObservation(query)) }
        return page
    }

    private static func statement(of identifier: Int64, after last: HeldObservation.Place?) -> SQLText {
        let behind = last == nil ? "" : "AND (trait, time, source, message_id) > (?, ?, ?, ?)"
        return SQLText(
            """
            SELECT o.trait, o.time, o.source, o.message_id, o.value, t.name, s.name, n.name, i.value
            FROM (SELECT * FROM observation WHERE identifier = ? \(behind)
                ORDER BY trait, time, source, message_id LIMIT ?) o
            JOIN trait t ON t.id = o.trait JOIN source s ON s.id = o.source
            JOIN identifier i ON i.id = o.identifier JOIN namespace n ON n.id = i.namespace
            ORDER BY o.trait, o.time, o.source, o.message_id
            """,
            [identifier.sqlValue] + (last?.values ?? []) + [pageSize.sqlValue]
        )
    }
}

/// One value of a trait as an event told it.
struct HeldObservation: Sendable {
    /// Where it stands among those of its identifier.
    struct Place: Sendable {
        let trait: Int64
        let rank: Int64
        let source: Int64
        let messageID: String

        var values: [SQLValue] { [trait.sqlValue, rank.sqlValue, source.sqlValue, messageID.sqlValue] }
    }

    let place: Place
    private let trait: String
    private let seen: SeenValue
    private let identifier: Identifier

    fileprivate init(_ row: BulkStatement) {
        place = Place(
            trait: row.integer(0),
            rank: row.integer(1),
            source: row.integer(2),
            messageID: row.text(3)
        )
        trait = row.text(5)
        seen = SeenValue(value: row.text(4), rank: row.integer(1), source: row.text(6), messageID: row.text(3))
        identifier = Identifier(row.text(7), row.text(8))
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("identifier", identifier.description)
        writer.field("trait", trait)
        writer.key("value")
        writer.raw(seen.value.utf8)
        writer.field("source", seen.source)
        writer.field("time", seen.time)
        writer.field("messageId", seen.messageID)
        // It holds only while there is no other.
        if seen.rank < 0 { writer.field("initial", true) }
        writer.endObject()
    }
}

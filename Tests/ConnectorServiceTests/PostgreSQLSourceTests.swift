import ConnectorKit
import Events
import PostgreSQL
import Testing

@testable import ConnectorService

@Suite("Which rows are read")
struct RowSelectionTests {
    private let people = RowSelection(origin: .table(SQLName("people")), key: ["id", "la\"nd"], cursor: "changed")
    private let times = CursorKind.time("timestamp with time zone")

    @Test("begins at the cursor less the look-back")
    func first() throws {
        let lookback = try #require(Lookback(nil, times))
        let page = people.page(from: "2026-01-01 00:00:00+00", lookback, after: nil, versioned: false, limit: 11)
        #expect(
            page.text == """
                SELECT row_to_json(kith_row)::text, NULL, kith_row."changed"::text, kith_row."id"::text, \
                kith_row."la""nd"::text FROM "people" AS kith_row WHERE kith_row."changed" >= \
                ($1::timestamp with time zone - $2::interval)::timestamp with time zone \
                ORDER BY kith_row."changed", kith_row."id", kith_row."la""nd" LIMIT 11
                """
        )
        #expect(page.values == ["2026-01-01 00:00:00+00", "300.0 seconds"])
    }

    @Test("goes on behind the last row, however many have its cursor")
    func next() throws {
        let lookback = try #require(Lookback("0", times))
        let page = people.page(from: "a", lookback, after: ["b", "7", "kr"], versioned: false, limit: 11)
        #expect(
            page.text.contains(
                #"WHERE (kith_row."changed", kith_row."id", kith_row."la""nd") > ($1, $2, $3) ORDER BY"#
            )
        )
        #expect(page.values == ["b", "7", "kr"])
    }

    @Test("is a query’s, whatever that ends with")
    func query() throws {
        let selection = RowSelection(origin: .query("SELECT 1 AS id -- all; \n ; "), key: ["id"], cursor: nil)
        #expect(selection.hasRowsWithoutPosition.text.contains("FROM (\nSELECT 1 AS id -- all\n) AS kith_row WHERE"))
        let page = selection.page(from: nil, try #require(Lookback(nil, .other)), after: nil, versioned: true, limit: 2)
        #expect(page.text.hasPrefix("SELECT row_to_json(kith_row)::text, kith_row.xmin::text, kith_row.\"id\"::text"))
        #expect(page.values.isEmpty)
    }

    @Test(
        "is all of it each time without a cursor: the first rows are known then, and with one the last",
        arguments: [true, false]
    )
    func known(hasCursor: Bool) {
        let selection = RowSelection(
            origin: .table(SQLName("people")),
            key: ["id"],
            cursor: hasCursor ? "changed" : nil
        )
        var sent = selection.nothingSent(limit: 3)
        for row in 1...4 { sent.add([row]) }
        sent.begin()
        #expect((1...4).filter(sent.isKnown) == (hasCursor ? [4] : [1, 2, 3]))
    }

    @Test("has a look-back that fits the cursor")
    func lookbacks() {
        #expect(Lookback("2h", .number("bigint")) == nil)
        #expect(Lookback("5", .other) == nil)
        #expect(Lookback(nil, .number("bigint"))?.values == ["1000"])
        #expect(Lookback("50", .number("bigint"))?.expression == "$1::bigint - $2::bigint")
        #expect(Lookback("1h", .time("date"))?.values == ["3600.0 seconds"])
    }
}

@Suite("A table that is read by another cursor")
struct RowSubjectTests {
    private func source(_ values: [String: JSONValue]) throws -> any Source {
        // Nobody listens there.
        let rest: [String: JSONValue] = [
            "url": "postgres://kith@127.0.0.1:1/shop", "key": "id", "events": "empty",
        ]
        let entry = Configuration.Entry(
            name: "shop",
            type: "postgresql",
            values: rest.merging(values) { _, given in given }
        )
        return try ConfiguredSource(entry, catalog: .builtIn()).source
    }

    private func failure(_ values: [String: JSONValue], from state: JSONValue?) async throws -> ConnectorFailure.Kind? {
        let source = try source(values)
        let failure = await #expect(throws: ConnectorFailure.self) { try await source.read(from: state) { _ in } }
        return failure?.kind
    }

    @Test(
        "is not read on from a place of the one before",
        arguments: [
            ["table": "crm.orders"], ["cursor": "created"], ["key": "email"],
            ["table": "crm.people", "query": "SELECT * FROM crm.people"],
        ] as [[String: JSONValue]]
    )
    func refusesOther(change: [String: JSONValue]) async throws {
        let people: [String: JSONValue] = ["table": "crm.people", "cursor": "changed"]
        let selection = RowSelection(
            origin: .table(try #require(SQLName(qualified: "crm.people"))),
            key: ["id"],
            cursor: "changed"
        )
        let unsigned: JSONValue = ["since": "2026-01-01"]
        let other = people.merging(change) { _, new in new }
        #expect(try await failure(other, from: selection.signed(unsigned)) == .configuration)
        #expect(try await failure(other, from: unsigned) == .transient)
        #expect(try await failure(people, from: selection.signed(unsigned)) == .transient)
    }

    @Test("is read whole without a cursor, whatever was before")
    func readsWhole() async throws {
        let state: JSONValue = ["since": "1", "of": ["\"people\"", "changed", "id"]]
        #expect(try await failure(["table": "people"], from: state) == .transient)
    }
}

@Suite("How far a table has been read")
struct RowBookmarkTests {
    private func ran(_ bookmark: RowBookmark, since: String, oldest: UInt64, horizon: UInt64) -> RowBookmark {
        var bookmark = bookmark
        bookmark.run = .init(mark: .init(since: since, horizon: horizon), oldest: oldest)
        bookmark.end()
        return bookmark
    }

    @Test("is where the cursor stood at the beginning of the run, when nothing else was under way")
    func quiet() {
        let bookmark = ran(RowBookmark(nil), since: "10", oldest: 700, horizon: 700)
        #expect(bookmark == RowBookmark(low: .init(since: "10", horizon: 700)))
    }

    @Test("stays before a transaction that is open, and moves on once it is over")
    func open() {
        var bookmark = ran(RowBookmark(nil), since: "10", oldest: 700, horizon: 700)
        // 701 is open from now on.
        bookmark = ran(bookmark, since: "20", oldest: 701, horizon: 705)
        bookmark = ran(bookmark, since: "30", oldest: 701, horizon: 710)
        #expect(bookmark.low.since == "10")
        // 701 is over, 712 is open: what ran at 705 is over as well.
        bookmark = ran(bookmark, since: "40", oldest: 712, horizon: 715)
        #expect(bookmark.low.since == "20")
        bookmark = ran(bookmark, since: "50", oldest: 720, horizon: 720)
        #expect(bookmark == RowBookmark(low: .init(since: "50", horizon: 720)))
    }

    /// Every transaction takes a number, and gives its rows cursors at its beginning that are seen at its end.
    @Test("never passes over a row, whatever transactions overlap", arguments: 0..<200)
    func model(seed: UInt64) {
        var random = SplitMix(state: seed)
        var (bookmark, cursor, next) = (RowBookmark(nil), 0, UInt64(700))
        var running: [UInt64: [Int]] = [:]
        var (visible, read): (Set<Int>, Set<Int>) = ([], [])
        func step() {
            switch Int.random(in: 0..<3, using: &random) {
            case 0:
                running[next] = [cursor + 1, cursor + 2]
                (cursor, next) = (cursor + 2, next + 1)
            case 1:
                guard let one = running.keys.randomElement(using: &random) else { return }
                visible.formUnion(running.removeValue(forKey: one) ?? [])
            default:
                guard let one = running.keys.randomElement(using: &random) else { return }
                cursor += 1
                running[one]?.append(cursor)
            }
        }
        for _ in 0..<20 {
            for _ in 0..<Int.random(in: 0..<8, using: &random) { step() }
            let mark = RowBookmark.Mark(since: visible.max().map(String.init), horizon: next)
            bookmark.run = .init(mark: mark, oldest: running.keys.min() ?? next)
            for _ in 0..<Int.random(in: 0..<4, using: &random) { step() }
            let since = bookmark.low.since.flatMap { Int($0) } ?? 0
            read.formUnion(visible.filter { $0 >= since })
            bookmark.end()
            bookmark = RowBookmark(bookmark.json)
        }
        for rows in running.values { visible.formUnion(rows) }
        read.formUnion(visible.filter { $0 >= bookmark.low.since.flatMap { Int($0) } ?? 0 })
        #expect(visible.subtracting(read).isEmpty)
    }

    @Test("does not wait for the numbers of a database that was there before")
    func restored() {
        let old = RowBookmark(low: .init(since: "10", horizon: 90_000), pending: .init(since: "20", horizon: 90_010))
        let bookmark = ran(old, since: "30", oldest: 701, horizon: 705)
        #expect(bookmark.pending == .init(since: "30", horizon: 705))
    }

    @Test("is kept as JSON, in the middle of a run as well")
    func json() {
        let bookmark = RowBookmark(
            low: .init(since: "1", horizon: 18_446_744_073_709_551_615),
            pending: .init(since: nil, horizon: 4),
            run: .init(mark: .init(since: "9", horizon: 5), oldest: 3, page: ["8", "a"])
        )
        #expect(RowBookmark(bookmark.json) == bookmark)
        #expect(RowBookmark(["since": "2026-01-01"]).low == .init(since: "2026-01-01", horizon: 0))
    }
}

/// A generator that gives the same for the same seed.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

@Suite("A row’s events")
struct RowEventsTests {
    private func events(_ values: [String: JSONValue]) throws -> RowEvents {
        try RowEvents(
            SourceSetup(name: "shop", settings: Settings(values, declared: PostgreSQLSource.settings.map(\.asOptional)))
        )
    }

    private func row(_ text: String, version: String? = nil, position: [String] = ["1"]) -> TableRow {
        TableRow(bytes: Array(text.utf8), version: version, position: position)
    }

    private func text(_ batch: SourceBatch) -> String {
        String(decoding: batch.events.flatMap(\.body), as: UTF8.self)
    }

    @Test("have the same ids whenever the row is read, and others in another version")
    func ids() throws {
        let events = try events(["events": "identify({\"shop.customer\": .id}; {total})"])
        func id(_ row: TableRow, at time: Int64) -> String? {
            events.batch(of: row, now: Timestamp(microseconds: time)).events.first?.messageID
        }
        let first = id(row(#"{"id": 1, "total": 2.10}"#, version: "7"), at: 0)
        #expect(first != nil)
        #expect(id(row(#"{"id": 1, "total": 2.10}"#, version: "7"), at: 1_000_000) == first)
        #expect(id(row(#"{"id": 1, "total": 2.10}"#, version: "8"), at: 0) != first)
        #expect(id(row(#"{"id": 1, "total": 2.1}"#, version: "7"), at: 0) != first)
    }

    @Test("are of the cursor’s time, unless they say their own")
    func times() throws {
        let events = try events(["events": "identify({\"shop.customer\": .id}; {})", "cursor": "changed"])
        let batch = events.batch(
            of: row(#"{"id": 9007199254740993, "changed": "2026-01-01T00:00:00"}"#),
            now: Timestamp(microseconds: 0)
        )
        #expect(batch.events.first?.originalTimestamp == Timestamp("2026-01-01T00:00:00Z"))
        #expect(text(batch).contains("\"9007199254740993\""))
    }

    @Test("come of a mapping as well, and a row that makes no sense is rejected")
    func mapping() throws {
        let events = try events(["mapping": ["externalIds": ["shop.customer": "id"], "traits": ["total": "total"]]])
        let batch = events.batch(of: row(#"{"id": 1, "total": 2.10}"#), now: Timestamp(microseconds: 0))
        #expect(text(batch).contains("\"total\":2.10"))
        let rejected = events.batch(of: row(#"{"total": 2.10}"#), now: Timestamp(microseconds: 0))
        #expect(rejected.rejected.map(\.code) == ["no_identifier"])
        #expect(throws: SettingsError.missing("events")) { try self.events([:]) }
    }
}

extension SettingField {
    fileprivate var asOptional: SettingField { .optional(name, summary, default: fallback) }
}

@Suite("Rows that were sent")
struct SentRowsTests {
    @Test("are known in the next run, and only from the state that the run ended in")
    func memory() {
        let memory = RunMemory(SentRows())
        var sent = memory.take(nil)
        sent.begin()
        sent.add([1, 2])
        memory.keep(sent, at: ["since": "a"])
        #expect(!memory.take(["since": "b"]).isKnown(1))
        memory.keep(sent, at: ["since": "a"])
        var next = memory.take(["since": "a"])
        next.begin()
        #expect(next.isKnown(1) && !next.isKnown(3))
        next.add([2])
        next.begin()
        #expect(!next.isKnown(1) && next.isKnown(2))
    }

    @Test("are the first or the last ones when there are too many", arguments: [true, false])
    func limit(keepsFirst: Bool) {
        var sent = SentRows(keepsFirst: keepsFirst, limit: 3)
        sent.add([1, 2])
        sent.add([3, 4])
        sent.begin()
        #expect((1...4).filter(sent.isKnown) == (keepsFirst ? [1, 2, 3] : [3, 4]))
    }
}

import Audience
import Events
import HTTPTypes
import Identity
import MessageLog
import Store
import Testing
import Topics

@testable import ProfileService

@Suite("Searching profiles", .serialized, .onBothEngines)
struct APISearchTests {
    @Test("finds exactly those whom the condition matches, on random people", arguments: 1...6)
    func exact(seed: UInt64) async throws {
        let bench = try Bench()
        let (people, conditions) = try await bench.store.write { db in
            var random = RandomPeople(seed: seed)
            let fixture = StoreFixture(db: db)
            for run in 1...Int64(2) { try fixture.run(run, from: .after(-100), to: .after(100)) }
            let people = try (1...Int64(60)).map { ($0, try random.person($0, in: fixture)) }
            return (people, (0..<150).map { _ in random.condition() })
        }
        try await bench.store.read { db in
            for condition in conditions {
                let search = ProfileSearch(condition, lookup: Bench.lookup, now: Bench.now)
                let page = try search.page([SortKey(.firstSeen, .ascending)], limit: 100, after: nil, in: db)
                let expected = people.filter { condition.folded.matches($0.1) }.map(\.0)
                #expect(page.profiles.sorted() == expected, "\(condition)")
                #expect(try search.count(in: db) == expected.count, "\(condition)")
            }
        }
    }

    @Test("gives every match once, whatever the order and the size of the pages", arguments: 1...6)
    func pages(seed: UInt64) async throws {
        let bench = try Bench()
        try await bench.store.write { db in
            var random = RandomPeople(seed: seed)
            for number in 1...Int64(60) { _ = try random.person(number, in: StoreFixture(db: db)) }
        }
        try await bench.store.read { db in
            var random = RandomPeople(seed: seed)
            for _ in 0..<20 {
                let (condition, order) = (random.condition(depth: 1), random.order())
                let search = ProfileSearch(condition, lookup: Bench.lookup, now: Bench.now)
                let whole = try search.page(order, limit: 100, after: nil, in: db).profiles
                #expect(try walk(search, order, limit: 7, in: db) == whole, "\(condition) \(order)")
                // A page that may look at little only takes more pages.
                let wary = ProfileSearch(condition, lookup: Bench.lookup, now: Bench.now, scanned: 3)
                #expect(try walk(wary, order, limit: 50, in: db) == whole, "\(condition) \(order)")
            }
        }
    }

    private func walk(
        _ search: ProfileSearch,
        _ order: [SortKey],
        limit: Int,
        in db: any SQLConnection
    ) throws -> [Int64] {
        var found: [Int64] = []
        var cursor: SearchCursor?
        repeat {
            let page = try search.page(order, limit: limit, after: cursor, in: db)
            found += page.profiles
            cursor = page.cursor.flatMap { SearchCursor($0.text) }
            #expect((cursor == nil) == (page.cursor == nil))
        } while cursor != nil
        return found
    }

    @Test(
        "finds names by the beginnings of their words, without regard to case, accents and how they were typed",
        arguments: [
            ("ada lov", 1), ("LOV", 1), ("andre", 1), ("Ándr", 1), ("ngstr", 0), ("angstr", 1), ("ada andre", 0),
            ("ada OR andre", 0), ("\" OR name:*", 0), ("김", 1), ("\u{1100}\u{1175}\u{11B7}\u{110E}\u{1165}", 1),
            ("ＡＤＡ　ｌｏｖ", 1), ("ﾔﾏﾀﾞ", 1), ("やまだ たろ", 1), ("ヤマタ", 0),
            ("ΠΕΤΡΟΣ", 1), ("πέτρ", 1), ("федор", 1), ("Фё", 1),
            ("\u{D4E}\" ada", 0), ("\u{D4E}' ada", 0), ("\u{D4E}\\ ada", 0),
        ]
    )
    func names(text: String, count: Int64) async throws {
        let bench = try Bench()
        try await bench.store.write { db in
            let fixture = StoreFixture(db: db)
            for (index, name) in ["Ada Lovelace", "André Ångström", "김철수", "ヤマダ タロウ", "Πέτρος Фёдор"]
                .enumerated()
            {
                try fixture.profile(Int64(index) + 1, [Identifier("user", "\(index)")], name: name)
            }
        }
        let body = JSONValue.object(["text": .string(text), "total": true]).text
        let answer = try await bench.call(.post, "/v1/profiles/search", as: .read, body: body)
        #expect(answer.status == 200)
        #expect(answer.json["total"] == .number(JSONNumber(count)))
    }

    @Test(
        "finds a person whose traits have a value that not every engine can look into",
        arguments: [
            (#"{"trait": "age", "equals": 20}"#, 2), (#"{"trait": "note", "startsWith": "a"}"#, 1),
            (#"{"not": {"trait": "note", "exists": true}}"#, 1),
            (#"{"trait": "big", "greaterThan": 1}"#, 1),
        ]
    )
    func unreadable(condition: String, count: Int64) async throws {
        let bench = try Bench()
        let big = JSONNumber("1e200000").map(JSONValue.number) ?? .null
        try await bench.store.write { db in
            let traits: [String: JSONValue] = ["note": "a", "age": 20, "big": big]
            try StoreFixture(db: db).profile(1, [Identifier("user", "1")], traits: traits)
            try StoreFixture(db: db).profile(2, [Identifier("user", "2")], traits: ["age": 20])
        }
        let answer = try await bench.call(.post, "/v1/profiles/count", body: #"{"where": \#(condition)}"#)
        #expect(answer.json["count"] == .number(JSONNumber(count)), "\(answer.text)")
    }

    @Test("finds by a condition with more values in it than a statement may have")
    func manyValues() async throws {
        let bench = try Bench()
        try await bench.store.write { db in
            try StoreFixture(db: db).profile(1, [Identifier("user", "1")], traits: ["address": ["city": "가7"]])
            try StoreFixture(db: db).profile(2, [Identifier("user", "2")], traits: ["address": ["city": "나7"]])
        }
        let cities = JSONValue.array((0..<100).map { .string("가\($0)") })
        let conditions = [JSONValue](repeating: ["trait": "address.city", "in": cities], count: 130)
        let body = JSONValue.object(["where": ["any": .array(conditions)], "total": true]).text
        let answer = try await bench.call(.post, "/v1/profiles/search", body: body)
        #expect(answer.status == 200 && answer.json["total"] == 1, "\(answer.text)")
    }

    @Test("finds names that a version before has folded less")
    func formerNames() async throws {
        let bench = try Bench()
        let former = "андрей"
        try await bench.store.write { db in
            try StoreFixture(db: db).profile(1, [Identifier("user", "1")], name: former)
            try db.execute("UPDATE profile SET name = ? WHERE id = 1", [former])
            if db.dialect == .sqlite { try NameIndex(in: db).change(1, from: NameText.folded(former), to: former) }
        }
        for count: JSONValue in [0, 1] {
            let answer = try await bench.call(.post, "/v1/profiles/count", body: #"{"where": {"text": "Андрей"}}"#)
            #expect(answer.json["count"] == count)
            try await bench.store.write { try FormerNames.fold(in: $0) }
        }
    }

    @Test("finds the same names whether the index knows them or not")
    func namesBesideOthers() async throws {
        let bench = try Bench()
        try await bench.store.write { db in
            try StoreFixture(db: db).profile(1, [Identifier("user", "1")], name: "Πέτρος Фёдор")
        }
        // What is beside it is for nobody, which SQL cannot say of this trait.
        let nobody = #"{"all": [{"trait": "a\"", "exists": true}, {"trait": "a\"", "exists": false}]}"#
        for text in ["ΠΕΤΡΟΣ", "πέτρος", "федор", "фёдор"] {
            for condition in [#"{"text": "\#(text)"}"#, #"{"any": [{"text": "\#(text)"}, \#(nobody)]}"#] {
                let answer = try await bench.call(.post, "/v1/profiles/count", body: #"{"where": \#(condition)}"#)
                #expect(answer.json["count"] == 1, "\(condition)")
            }
        }
    }

    @Test(
        "takes texts for the same however their letters are composed, in every script",
        arguments: [
            ("é", "e\u{301}"), ("각", "\u{1100}\u{1161}\u{11A8}"), ("が", "か\u{3099}"), ("李", "\u{F9E1}"),
            ("\u{623}", "\u{627}\u{654}"), ("\u{958}", "\u{915}\u{93C}"), ("\u{BCA}", "\u{BC6}\u{BBE}"),
            ("\u{4F60}", "\u{2F804}"), ("\u{1112E}", "\u{11131}\u{11127}"),
        ]
    )
    func composed(one: String, other: String) async throws {
        for (kept, wanted) in [(one, other), (other, one)] {
            let bench = try Bench()
            try await bench.store.write { db in
                try StoreFixture(db: db).profile(1, [Identifier("user", "1")], traits: ["note": .string(kept)])
            }
            for test in ["equals", "contains", "startsWith", "endsWith"] {
                let body = #"{"where": {"trait": "note", "\#(test)": "\#(wanted)"}}"#
                let answer = try await bench.call(.post, "/v1/profiles/count", body: body)
                #expect(answer.json["count"] == 1, "\(test)")
            }
        }
    }

    @Test(
        "finds parts of texts that end within what is drawn as one letter",
        arguments: [
            #""startsWith": "น""#, #""startsWith": "น้ำ นมส\r""#, #""contains": "\nनमस""#, #""contains": "\r\n""#,
            #""endsWith": "\u094D\u0924\u0947""#,
        ]
    )
    func parts(test: String) async throws {
        let bench = try Bench()
        try await bench.store.write { db in
            let traits: [String: JSONValue] = ["note": "น้ำ นมส\r\nनमस्ते"]
            try StoreFixture(db: db).profile(1, [Identifier("user", "1")], traits: traits)
        }
        let body = #"{"where": {"trait": "note", \#(test)}}"#
        #expect(try await bench.call(.post, "/v1/profiles/count", body: body).json["count"] == 1)
    }

    @Test("finds by an identifier however it is written")
    func written() async throws {
        let bench = try Bench()
        try await bench.store.write { db in
            try StoreFixture(db: db).profile(1, [Identifier("email", "ann@example.com")])
            try StoreFixture(db: db).profile(2, [Identifier("user", "1")])
        }
        let body = #"{"where": {"not": {"identifier": "email", "equals": "ANN@Example.com"}}}"#
        #expect(try await bench.call(.post, "/v1/profiles/count", body: body).json["count"] == 1)
        let found = try await bench.call(
            .post,
            "/v1/profiles/count",
            body: #"{"where": {"any": [{"identifier": "email", "equals": " ann@EXAMPLE.com"}]}}"#
        )
        #expect(found.json["count"] == 1)
    }

    @Test(
        "finds those among whom a device is divided by it, whatever else is asked",
        arguments: [
            (#"{"identifier": "anonymous", "equals": "d"}"#, 2),
            (#"{"identifier": "anonymous", "startsWith": "d"}"#, 2),
            (#"{"any": [{"identifier": "anonymous", "equals": "d"}, {"trait": "note", "equals": "e\u0301"}]}"#, 2),
            (#"{"not": {"identifier": "anonymous", "equals": "d"}}"#, 1),
        ]
    )
    func divided(condition: String, count: Int64) async throws {
        let bench = try Bench()
        try await bench.store.write { db in
            let fixture = StoreFixture(db: db)
            let device = try fixture.profile(1, [Identifier("anonymous", "d")], isShared: true)
            for number in 2...Int64(3) {
                let login = try fixture.profile(number, [Identifier("user", "\(number)")])
                try fixture.part(of: device[0], for: login[0])
            }
            try fixture.profile(4, [Identifier("user", "4")])
        }
        let answer = try await bench.call(.post, "/v1/profiles/count", body: #"{"where": \#(condition)}"#)
        #expect(answer.json["count"] == .number(JSONNumber(count)), "\(answer.text)")
    }

    @Test("finds many by what they did without looking at all of them for each")
    func manyByEvents() async throws {
        let bench = try Bench()
        let count: Int64 = 40_000
        try await bench.store.write { db in try Self.fill(db, count) }
        let condition = try Condition(json: JSONDocument(Array(#"{"event": "Order", "within": "30d"}"#.utf8)).root)
        try await bench.store.read { db in
            if db.dialect == .postgreSQL {
                // As if there were many more than the server has room to hash.
                try db.execute("SET LOCAL work_mem = '64kB'")
                try db.execute("SET LOCAL statement_timeout = '50s'")
            }
            let search = ProfileSearch(condition, lookup: Bench.lookup, now: Bench.now)
            let page = try search.page([SortKey(.lastSeen, .descending)], limit: 10, after: nil, in: db)
            #expect(page.profiles.count == 10)
            #expect(try search.count(in: db) == count)
        }
    }

    /// So many people of one identifier, each of whom ordered now.
    private static func fill(_ db: any SQLConnection, _ count: Int64) throws {
        let kind = try StoreFixture(db: db).kind("track", "Order")
        let all = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count))"
        let now = Bench.now.microseconds
        let key = db.dialect == .sqlite ? "CAST(i AS BLOB)" : "CAST(CAST(i AS text) AS bytea)"
        for statement in [
            "identifier (id, key, namespace, value, first_seen, profile) \(all) SELECT i, \(key), 1, i, 0, i FROM n",
            "profile (id, founder, first_seen, traits, name) \(all) SELECT i, i, 0, '{}', '' FROM n",
            "activity (profile, revision, events, last_seen) \(all) SELECT i, 1, 1, i FROM n",
            """
            tally (run, identifier, event, source, count, first, last)
            \(all) SELECT 1, i, \(kind), 1, 1, \(now), \(now) FROM n
            """,
        ] { try db.execute("INSERT INTO \(statement)") }
        for table in ["identifier", "profile", "tally"] { try db.execute("ANALYZE \(table)") }
    }

    @Test("leaves out the profiles of shared identifiers, which are nobody's")
    func shared() async throws {
        let bench = try Bench()
        try await bench.store.write { db in
            try StoreFixture(db: db).profile(1, [Identifier("email", "info@example.com")], isShared: true)
            try StoreFixture(db: db).profile(2, [Identifier("user", "1")])
        }
        #expect(try await bench.call(.post, "/v1/profiles/count", body: "{}").json["count"] == 1)
        let export = try await bench.call(.get, "/v1/export")
        #expect(export.text.split(separator: "\n").count == 1)
    }

    @Test("exports every profile as it is read alone, one on a line, with their number ahead")
    func export() async throws {
        let bench = try Bench()
        try await bench.store.write { db in
            for number in 1...Int64(250) {
                try StoreFixture(db: db).profile(
                    number,
                    [Identifier("user", "\(number)")],
                    traits: ["n": 1, "name": "a\nb"]
                )
            }
        }
        let export = try await bench.call(.get, "/v1/export", as: .read)
        let lines = export.text.split(separator: "\n")
        #expect(lines.count == 250)
        #expect(export.headers[try #require(.init("X-Total-Count"))] == "250")
        #expect(try await bench.call(.get, "/v1/profiles/user:1").text == String(lines[0]))
    }

    @Test("ends a page early, and an export's as well, where profiles have very many traits")
    func large() async throws {
        let bench = try Bench(limits: APILimits(deadline: .seconds(300), scanning: .seconds(300), traitCharacters: 100))
        try await bench.store.write { db in
            for number in 1...Int64(5) {
                let text = String(repeating: "x", count: number == 3 ? 200 : 40)
                try StoreFixture(db: db).profile(
                    number,
                    [Identifier("user", "\(number)")],
                    traits: ["t": .string(text)]
                )
            }
        }
        var sizes: [Int] = []
        var cursor: JSONValue?
        repeat {
            var body: [String: JSONValue] = ["sort": [["field": "firstSeen"]]]
            body["cursor"] = cursor
            let page = try await bench.call(.post, "/v1/profiles/search", body: JSONValue.object(body).text).json
            guard case .array(let profiles)? = page["profiles"] else { throw TestFailure() }
            sizes.append(profiles.count)
            cursor = page["cursor"]
        } while cursor != nil
        #expect(sizes == [2, 1, 2])
        #expect(try await bench.call(.get, "/v1/export").text.split(separator: "\n").count == 5)
    }
}

import Events
import HTTPTypes
import MessageLog
import Store
import Testing
import Topics

@testable import ProfileService

@Suite("Reading a timeline", .serialized, .onBothEngines)
struct APITimelineTests {
    /// A person with two identifiers and 300 events at random times in three runs, of which the log has the first 250,
    /// but for those that retention has removed.
    private func benchWithEvents(
        removed: Int = 0,
        limits: APILimits = .patient
    ) async throws -> (Bench, [Int64]) {
        let bench = try Bench(limits: limits)
        let times = try await bench.store.write { db -> [Int64] in
            var random = SeededGenerator(seed: 7)
            let fixture = StoreFixture(db: db)
            let members = try fixture.profile(1, [Identifier("user", "42"), Identifier("email", "ada@example.com")])
            let times = (0..<300).map { _ in Int64(random.next() % 50) }
            for run in 0..<3 {
                let part = times[(run * 100)..<(run * 100 + 100)]
                try fixture.run(Int64(run), from: .after(part.min() ?? 0), to: .after(part.max() ?? 0))
            }
            for (offset, time) in times.enumerated() {
                try fixture.event(
                    members[offset % 2],
                    offset % 3 == 0 ? "Order Completed" : "Page",
                    at: .after(time),
                    offset: Int64(offset),
                    run: Int64(offset / 100),
                    type: offset % 3 == 0 ? "track" : "page",
                    source: offset % 5 == 0 ? "shop" : "web"
                )
            }
            return times
        }
        var options = EmbeddedLogOptions()
        // Every append becomes a segment.
        options.segmentBytes = 1
        let log = try EmbeddedLog(directory: bench.folder + "/log", producer: "ingest", options: options)
        let records = (0..<250).map { offset in
            let header = EventHeader(
                source: "web",
                messageID: "m-\(offset)",
                type: .track,
                name: "X",
                timestamp: .after(times[offset]),
                receivedAt: .after(60)
            )
            return Record(value: header.encode(event: "{\"userId\":\"42\", \"n\":\(offset)}".utf8), timestamp: 0)
        }
        for start in stride(from: 0, to: records.count, by: 50) {
            _ = try await log.append(Array(records[start..<start + 50]), to: Topic.events)
        }
        let progress = [Partition(topic: Topic.events, name: "ingest"): Offset(removed)]
        try await log.record(progress: progress, of: "profile", in: Topic.events)
        try await log.applyRetention(Retention(bytes: 0), to: Topic.events, now: 0)
        await log.close()
        return (bench, times)
    }

    private func offsets(_ bench: Bench, _ query: String, pageSize: Int = 200) async throws -> [Int] {
        var found: [Int] = []
        var cursor = ""
        while true {
            let page = try await bench.call(.get, "/v1/profiles/user:42/events?limit=\(pageSize)\(query)\(cursor)").json
            guard case .array(let events)? = page["events"] else { throw TestFailure() }
            for event in events {
                guard case .string(let position)? = event["position"], let place = RecordPlace(position) else {
                    throw TestFailure()
                }
                found.append(Int(place.offset))
            }
            guard case .string(let next)? = page["cursor"] else { return found }
            cursor = "&cursor=\(next)"
        }
    }

    @Test("gives every event once, in the order of time, whatever the pages and the runs", arguments: [1, 7, 50, 200])
    func pages(size: Int) async throws {
        let (bench, times) = try await benchWithEvents()
        let expected = times.indices.sorted { (times[$0], $0) < (times[$1], $1) }
        #expect(try await offsets(bench, "&order=asc", pageSize: size) == expected)
        #expect(try await offsets(bench, "", pageSize: size) == expected.reversed())
    }

    @Test("ends a page early where the events are many bytes, and loses none", arguments: [0, 1000, 10_000])
    func pagesOfLargeEvents(bytes: Int) async throws {
        var limits = APILimits.patient
        limits.bodiesBytes = bytes
        let (bench, times) = try await benchWithEvents(limits: limits)
        let expected = times.indices.sorted { (times[$0], $0) < (times[$1], $1) }
        #expect(try await offsets(bench, "&order=asc", pageSize: 100) == expected)
        #expect(try await offsets(bench, "", pageSize: 100) == expected.reversed())
        let found = try await bench.call(.get, "/v1/profiles/user:42/events?messageId=m-123").json
        guard case .array(let events)? = found["events"] else { throw TestFailure() }
        #expect(events.map { $0["position"] } == ["ingest@123"])
    }

    @Test("looks for an event no longer than allowed, and goes on behind the cursor")
    func searchingLong() async throws {
        let (bench, times) = try await benchWithEvents(limits: APILimits(deadline: .seconds(300), scanning: .zero))
        let oldest = try #require((0..<250).min { (times[$0], $0) < (times[$1], $1) })
        let path = "/v1/profiles/user:42/events?messageId=m-\(oldest)"
        let first = try await bench.call(.get, path).json
        #expect(first["events"] == .array([]))
        guard case .string(let cursor)? = first["cursor"] else { throw TestFailure() }
        let second = try await bench.call(.get, "\(path)&cursor=\(cursor)").json
        guard case .array(let events)? = second["events"] else { throw TestFailure() }
        #expect(events.map { $0["position"] } == [.string("ingest@\(oldest)")])
    }

    @Test("filters by name, call, source and time")
    func filters() async throws {
        let (bench, times) = try await benchWithEvents()
        func check(_ query: String, _ isWanted: (Int) -> Bool) async throws {
            #expect(
                try await offsets(bench, query, pageSize: 20).sorted() == times.indices.filter(isWanted),
                "\(query)"
            )
        }
        try await check("&name=Order%20Completed") { $0 % 3 == 0 }
        try await check("&type=page") { $0 % 3 != 0 }
        try await check("&source=shop") { $0 % 5 == 0 }
        try await check("&name=none") { _ in false }
        try await check("&from=\(Timestamp.after(10))&to=\(Timestamp.after(20))") { (10..<20).contains(times[$0]) }
    }

    @Test("reads the events as they were sent, and says when one is no longer kept", arguments: [0, 100])
    func bodies(removed: Int) async throws {
        let (bench, _) = try await benchWithEvents(removed: removed)
        let page = try await bench.call(.get, "/v1/profiles/user:42/events?limit=200")
        #expect(page.text.contains(#"{"userId":"42", "n":"#))
        guard case .array(let events)? = page.json["events"] else { throw TestFailure() }
        for event in events {
            guard case .string(let position)? = event["position"], let place = RecordPlace(position) else {
                throw TestFailure()
            }
            let isGone = place.offset < removed || place.offset >= 250
            #expect((event["gone"] == true) == isGone)
            #expect(event["messageId"] == (isGone ? nil : .string("m-\(place.offset)")))
            #expect(event["event"]?["n"] == (isGone ? nil : .number(JSONNumber(Int64(place.offset)))))
        }
    }

    @Test("finds one event by its message id")
    func messageID() async throws {
        let (bench, _) = try await benchWithEvents()
        let found = try await bench.call(.get, "/v1/profiles/user:42/events?messageId=m-123").json
        guard case .array(let events)? = found["events"] else { throw TestFailure() }
        #expect(events.map { $0["position"] } == ["ingest@123"])
        let none = try await bench.call(.get, "/v1/profiles/user:42/events?messageId=m-999").json
        #expect(none["events"] == [])
    }

    // MARK: - As the Segment Profile API

    private static let segment = "/v1/spaces/main/collections/users/profiles"

    @Test("answers as the Segment Profile API: traits by pages, with their source when verbose")
    func segmentTraits() async throws {
        let bench = try Bench()
        try await bench.store.write { db in
            let fixture = StoreFixture(db: db)
            let traits: [String: JSONValue] = ["a": 1, "b": [1], "c": "x"]
            let members = try fixture.profile(1, [Identifier("user", "42")], traits: traits)
            for (name, value) in traits { try fixture.observe(members[0], name, value, source: "crm") }
        }
        let first = try await bench.call(.get, "\(Self.segment)/user_id:42/traits?limit=2", as: .read).json
        #expect(first["traits"] == ["a": 1, "b": [1]])
        #expect(first["cursor"]?["has_more"] == true)
        #expect(first["cursor"]?["next"] == "c")
        guard case .string(let url)? = first["cursor"]?["url"] else { throw TestFailure() }
        let second = try await bench.call(.get, url, as: .read).json
        #expect(second["traits"] == ["c": "x"])
        #expect(second["cursor"]?["has_more"] == false)
        let verbose = try await bench.call(.get, "\(Self.segment)/user_id:42/traits?verbose=true&include=a").json
        #expect(verbose["traits"] == ["a": ["value": 1, "source_id": "crm", "updated_at": .string("\(Bench.now)")]])
        let part = "include=a,c&limit=1&verbose=true"
        let chosen = try await bench.call(.get, "\(Self.segment)/user_id:42/traits?\(part)").json
        guard case .string(let next)? = chosen["cursor"]?["url"] else { throw TestFailure() }
        let rest = try await bench.call(.get, next).json
        #expect(rest["traits"] == ["c": ["value": "x", "source_id": "crm", "updated_at": .string("\(Bench.now)")]])
        #expect(rest["cursor"]?["has_more"] == false)
        let computed = try await bench.call(.get, "\(Self.segment)/user_id:42/traits?class=audience").json
        #expect(computed["traits"] == [:])
    }

    @Test("goes on with the next item when the one that a page of the Segment Profile API was to begin with is gone")
    func segmentGaps() async throws {
        let bench = try Bench()
        let names = (1...3).map { Identifier("user", "\($0)") }
        let traits: [String: JSONValue] = ["a": 1, "b": 2, "c": 3]
        let members = try await bench.store.write { try StoreFixture(db: $0).profile(1, names, traits: traits) }
        func next(_ part: String) async throws -> String {
            let page = try await bench.call(.get, "\(Self.segment)/user_id:1/\(part)?limit=1").json
            guard case .string(let url)? = page["cursor"]?["url"] else { throw TestFailure() }
            return url
        }
        let (traitsURL, identifiersURL) = (try await next("traits"), try await next("external_ids"))
        try await bench.store.write { db in
            try db.execute("UPDATE profile SET traits = ?", [#"{"a":1,"c":3}"#])
            try db.execute("DELETE FROM identifier WHERE id = ?", [members[1]])
        }
        let rest = try await bench.call(.get, traitsURL).json
        #expect(rest["traits"] == ["c": 3])
        guard case .array(let found)? = try await bench.call(.get, identifiersURL).json["data"] else {
            throw TestFailure()
        }
        #expect(found.map { $0["id"] } == ["3"])
        let foreign = try await bench.call(.get, "\(Self.segment)/user_id:1/external_ids?next=nonsense")
        #expect(foreign.status == 400)
    }

    @Test("pages of the Segment Profile API tell apart what only looks the same")
    func segmentTwins() async throws {
        let bench = try Bench()
        try await bench.store.write { db in
            try StoreFixture(db: db).profile(1, [Identifier("user", "1")])
            try db.execute("UPDATE profile SET traits = ?", ["{\"e\u{301}\":1,\"\u{E9}\":2}"])
        }
        let first = try await bench.call(.get, "\(Self.segment)/user_id:1/traits?limit=1")
        guard case .string(let url)? = first.json["cursor"]?["url"] else { throw TestFailure() }
        let second = try await bench.call(.get, url)
        #expect(second.text.contains(":2}"))
        #expect(second.json["cursor"]?["has_more"] == false)
    }

    @Test("a list of no names names no events")
    func segmentWithoutNames() async throws {
        let (bench, _) = try await benchWithEvents()
        for (query, count) in [("include=,", 0), ("exclude=,", 5)] {
            let answer = try await bench.call(.get, "\(Self.segment)/user_id:42/events?limit=5&\(query)")
            #expect(answer.status == 200)
            guard case .array(let data)? = answer.json["data"] else { throw TestFailure() }
            #expect(data.count == count)
        }
    }

    @Test("answers as the Segment Profile API: events, identifiers and metadata")
    func segmentOthers() async throws {
        let (bench, times) = try await benchWithEvents()
        let events = try await bench.call(.get, "\(Self.segment)/email:ada@example.com/events?sort=asc&limit=3").json
        guard case .array(let data)? = events["data"] else { throw TestFailure() }
        let first = times.indices.sorted { (times[$0], $0) < (times[$1], $1) }.prefix(3)
        #expect(data.map { $0["message_id"] } == first.map { .string("m-\($0)") })
        #expect(
            data[0]["external_ids"] == [["collection": "users", "type": "user_id", "id": "42", "encoding": "none"]]
        )
        #expect(events["cursor"]?["has_more"] == true)
        let ids = try await bench.call(.get, "\(Self.segment)/user_id:42/external_ids?include=email").json
        guard case .array(let found)? = ids["data"] else { throw TestFailure() }
        #expect(found.map { $0["id"] } == ["ada@example.com"])
        let metadata = try await bench.call(.get, "\(Self.segment)/user_id:42/metadata").json
        #expect(metadata["metadata"]?["first_message_id"] == first.first.map { .string("m-\($0)") })
    }

    @Test("knows the types of the Segment Profile API in lists as it does in addresses")
    func segmentTypes() async throws {
        let bench = try Bench()
        let names = [Identifier("user", "1"), Identifier("phone", "+12015550123")]
        try await bench.store.write { _ = try StoreFixture(db: $0).profile(1, names) }
        for (type, value) in [("phone_number", "+12015550123"), ("phone", "+12015550123"), ("user_id", "1")] {
            let page = try await bench.call(.get, "\(Self.segment)/user_id:1/external_ids?include=\(type)").json
            guard case .array(let found)? = page["data"] else { throw TestFailure() }
            #expect(found.map { $0["id"] } == [.string(value)])
        }
    }

    @Test(
        "refuses in the shape that Segment's clients expect",
        arguments: [
            ("users/profiles/user_id:1/traits", GrantedKey.Scope.read, 404, "not_found"),
            ("accounts/profiles/group_id:1/traits", .read, 404, "not_found"),
            ("users/profiles/nonsense/traits", .read, 400, "validation_error"),
            ("users/profiles/user_id:1/traits?limit=0", .read, 400, "validation_error"),
            ("users/profiles/user_id:1/traits", .write, 403, "authentication_error"),
            ("users/profiles/user_id:1/traits?unknown=passed-over", .read, 404, "not_found"),
        ]
    )
    func segmentErrors(path: String, scope: GrantedKey.Scope, status: Int, code: String) async throws {
        let answer = try await Bench().call(.get, "/v1/spaces/main/collections/\(path)", as: scope)
        #expect(answer.status == status)
        #expect(answer.json["error"]?["code"] == .string(code))
        #expect(answer.headers[try #require(.init("Request-Id"))] != nil)
    }
}

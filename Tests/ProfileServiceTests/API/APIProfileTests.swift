import Events
import HTTPTypes
import MessageLog
import Store
import Testing
import Topics

@testable import ProfileService

@Suite("Reading a profile", .serialized, .onBothEngines)
struct APIProfileTests {
    /// Ada, by two names, with what she did; the office's mailbox is shared.
    private func benchWithAda() async throws -> Bench {
        let bench = try Bench()
        try await bench.store.write { db in
            let fixture = StoreFixture(db: db)
            let ada = try fixture.profile(
                1,
                [Identifier("user", "42"), Identifier("email", "ada@example.com")],
                traits: ["plan": "pro", "age": 36],
                name: "Ada Lovelace",
                firstSeen: .after(-1000),
                lastSeen: .after(30),
                events: 3
            )
            try fixture.observe(ada[0], "plan", "free", at: .after(-5))
            try fixture.observe(ada[1], "plan", "pro", at: .after(5), source: "crm", messageID: "m-2")
            try fixture.observe(ada[0], "age", 36, at: .after(1))
            try fixture.observe(ada[0], "nickname", .null, at: .after(9))
            try fixture.observe(ada[1], "nickname", "A", at: .after(3))
            let office = try fixture.profile(2, [Identifier("email", "info@example.com")], isShared: true)
            try fixture.evidence(ada[0], ada[1], strength: 130, at: .after(-900), messageID: "m-1")
            try fixture.evidence(ada[0], office[0], strength: 120, messageID: "m-3")
            try fixture.run(1, from: .after(0), to: .after(30))
            try fixture.tally(ada[0], "Order Completed", count: 3, first: .after(0), last: .after(30), source: "shop")
            for index in 0..<Int64(3) {
                try fixture.event(ada[0], "Order Completed", at: .after(10 * index), offset: index)
            }
        }
        return bench
    }

    @Test("gives the same profile for any identifier and for its id")
    func anyName() async throws {
        let bench = try await benchWithAda()
        let whole = try await bench.call(.get, "/v1/profiles/email:ada@example.com", as: .read)
        #expect(whole.status == 200)
        #expect(whole.json["traits"] == ["plan": "pro", "age": 36])
        #expect(whole.json["eventCount"] == 3)
        #expect(whole.json["sources"] == ["crm", "shop", "web"])
        guard case .string(let id)? = whole.json["id"] else { throw TestFailure() }
        for name in [id, "user:42", "email:ADA@example.com", "email%3Aada%40example.com"] {
            #expect(try await bench.call(.get, "/v1/profiles/\(name)", as: .read).body == whole.body, "\(name)")
        }
    }

    @Test("shows with verbose where each trait is from, the last one by time, and not what was cleared")
    func verbose() async throws {
        let bench = try await benchWithAda()
        let answer = try await bench.call(.get, "/v1/profiles/user:42/traits?verbose=true")
        #expect(answer.json["traits"]?["plan"]?["value"] == "pro")
        #expect(answer.json["traits"]?["plan"]?["source"] == "crm")
        #expect(answer.json["traits"]?["plan"]?["messageId"] == "m-2")
        #expect(answer.json["traits"]?["plan"]?["identifier"] == "email:ada@example.com")
        #expect(answer.json["traits"]?["nickname"] == nil)
        let some = try await bench.call(.get, "/v1/profiles/user:42/traits?include=age,none")
        #expect(some.json["traits"] == ["age": 36])
    }

    @Test("says when an identifier was seen last, also where only values were that hold while there is no other")
    func seenLast() async throws {
        let bench = try Bench()
        try await bench.store.write { db in
            let fixture = StoreFixture(db: db)
            let ada = try fixture.profile(1, [Identifier("user", "42")], firstSeen: .after(-10))
            for seconds in [-9, -5] as [Int64] {
                // Such a value has its time, negative, for a rank.
                let rank = Timestamp(microseconds: -Timestamp.after(seconds).microseconds)
                try fixture.observe(ada[0], "campaign", "spring", at: rank, messageID: "m\(seconds)")
            }
        }
        let answer = try await bench.call(.get, "/v1/profiles/user:42/identifiers")
        guard case .array(let identifiers)? = answer.json["identifiers"] else { throw TestFailure() }
        #expect(identifiers.map { $0["lastSeen"] } == [.string(Timestamp.after(-5).description)])
    }

    @Test("shows evidence with its event, also what was rejected, and the shared neighbour")
    func graph() async throws {
        let bench = try await benchWithAda()
        let graph = try await bench.call(.get, "/v1/profiles/user:42/graph").json
        guard case .array(let nodes)? = graph["nodes"], case .array(let edges)? = graph["edges"] else {
            throw TestFailure()
        }
        #expect(nodes.map { $0["identifier"] } == ["email:ada@example.com", "user:42", "email:info@example.com"])
        #expect(nodes.map { $0["member"] } == [true, true, false])
        #expect(nodes.last?["shared"] == true)
        #expect(edges.map { $0["messageId"] } == ["m-1", "m-3"])
        #expect(edges.map { $0["kind"] } == ["identified", "carried"])
        #expect(edges.first?["rejected"] == nil)
        #expect(edges.last?["rejected"] == ["reason": "shared", "identifier": "email:info@example.com"])
        let office = try await bench.call(.get, "/v1/profiles/email:info@example.com/graph").json
        guard case .array(let ways)? = office["edges"] else { throw TestFailure() }
        #expect(ways.map { $0["messageId"] } == ["m-3"])
        #expect(ways.first?["rejected"] == edges.last?["rejected"])
    }

    @Test(
        "answers 404 for whom nobody knows, and 400 for what names nobody",
        arguments: [
            ("email:nobody@example.com", 404), ("aaaaaaaaaaaaaaaaaaaaaaaaaa", 404), ("user:null", 404), ("ada", 400),
            (":x", 400), ("user:", 400), ("%ff:x", 400),
        ]
    )
    func nobody(name: String, status: Int) async throws {
        for part in ["", "/traits", "/identifiers", "/events", "/graph", "/history"] {
            let answer = try await Bench().call(.get, "/v1/profiles/\(name)\(part)")
            #expect(answer.status == status)
            #expect(answer.json["message"] != nil)
        }
    }

    @Test(
        "finds identifiers with any characters",
        arguments: [
            "'; DROP TABLE profile; --", "<script>alert(1)</script>", "../../etc/passwd", "100%", "%2F", "a:b:c",
            "a+b c",
            "?q=1&x#y", "김철수", "\"quoted\"", "C:\\x", "a*b", "{identifier}", "search", "\u{1F600}", "a\nb",
        ]
    )
    func anyCharacters(value: String) async throws {
        let bench = try Bench()
        let identifier = Identifier("user", value)
        try await bench.store.write { db in _ = try StoreFixture(db: db).profile(1, [identifier]) }
        let answer = try await bench.call(.get, "/v1/profiles/\(PercentEncoding.encode(identifier.description))")
        #expect(answer.status == 200)
        guard case .array(let identifiers)? = answer.json["identifiers"] else { throw TestFailure() }
        #expect(identifiers.map { $0["value"] } == [.string(value)])
    }

    @Test("names the ids from before a merge that still lead to the profile, and no others")
    func formerIDs() async throws {
        let bench = try Bench()
        let keys = (0..<4).map { Bench.lookup.hash(Identifier("user", "\($0)")) }
        try await bench.store.write { db in
            let fixture = StoreFixture(db: db)
            try fixture.profile(1, [0, 1, 2].map { Identifier("user", "\($0)") })
            try fixture.profile(2, [Identifier("user", "3")])
            try fixture.step(batch: 1, "merged", keys[1], former: keys[2] + keys[3])
            try fixture.step(batch: 2, "merged", keys[0], former: keys[1])
        }
        let profile = try await bench.call(.get, "/v1/profiles/user:2").json
        #expect(profile["id"] == .string(PublicID.text(of: keys[0])))
        #expect(
            profile["formerIds"] == .array(keys[1...2].map { PublicID.text(of: $0) }.sorted().map(JSONValue.string))
        )
    }

    @Test("writes and reads ids without loss")
    func publicIDs() {
        for _ in 0..<100 {
            let key = (0..<16).map { _ in UInt8.random(in: 0...255) }
            let text = PublicID.text(of: key)
            #expect(text.utf8.count == 26)
            #expect(PublicID.key(of: text).map(Array.init) == key)
        }
        #expect(PublicID.key(of: "aaaaaaaaaaaaaaaaaaaaaaaaab") == nil)
        #expect(PublicID.key(of: "AAAAAAAAAAAAAAAAAAAAAAAAAA") == nil)
    }
}

/// Something was not there at all.
struct TestFailure: Error {}

import Events
import HTTPTypes
import Identity
import MessageLog
import Store
import Testing
import Topics

@testable import ProfileService

@Suite("Explaining over the API", .serialized, .onBothEngines)
struct APIExplanationTests {
    /// Ann and Bob, who share an address; Zoë, who has nothing to do with them; and a mailbox that is everybody's.
    private func bench(
        _ more: @escaping @Sendable (StoreFixture, [Int64]) throws -> Void = { _, _ in }
    ) async throws -> Bench {
        let bench = try Bench()
        try await bench.store.write { db in
            let fixture = StoreFixture(db: db)
            let ann = try fixture.profile(
                1,
                [Identifier("user", "ann"), Identifier("email", "fam@example.com"), Identifier("crm_id", "7")]
            )
            let bob = try fixture.profile(2, [Identifier("user", "bob")])
            let zoe = try fixture.profile(3, [Identifier("user", "zoe")])
            let info = try fixture.profile(4, [Identifier("email", "info@example.com")], isShared: true)
            try fixture.evidence(ann[0], ann[1], at: .after(1), messageID: "m-1")
            try fixture.evidence(ann[0], ann[2], at: .after(1), source: "crm", messageID: "m-5")
            try fixture.evidence(bob[0], ann[2], at: .after(2), source: "crm", messageID: "m-2", rejected: "user")
            try fixture.evidence(zoe[0], info[0], at: .after(3), messageID: "m-3")
            try fixture.evidence(ann[0], info[0], strength: 120, at: .after(4), messageID: "m-4")
            try more(fixture, [ann[0], ann[1], bob[0], zoe[0], info[0]])
        }
        return bench
    }

    private func explain(_ one: String, _ other: String, on bench: Bench) async throws -> JSONValue {
        let answer = try await bench.call(.get, "/v1/profiles/\(one)/explain?to=\(other)", as: .read)
        #expect(answer.status == 200)
        return answer.json
    }

    @Test("two that are together, by the event that says so")
    func together() async throws {
        let answer = try await explain("user:ann", "email:FAM@example.com", on: bench())
        #expect(answer["together"] == true)
        #expect(answer["because"] == nil)
        #expect(answer["from"]?["profile"] == answer["to"]?["profile"])
        #expect(answer["to"]?["identifier"] == "email:fam@example.com")
        #expect(
            answer["chain"] == [
                [
                    "from": "user:ann", "to": "email:fam@example.com", "kind": "identified", "strength": 130,
                    "source": "web",
                    "messageId": "m-1", "time": .string(Timestamp.after(1).description),
                ]
            ]
        )
    }

    @Test("two that a limit keeps apart, with what would have joined them")
    func limit() async throws {
        let answer = try await explain("user:bob", "user:ann", on: bench())
        #expect(answer["together"] == false)
        #expect(answer["because"] == "limit")
        guard case .array(let chain)? = answer["chain"] else { throw TestFailure() }
        #expect(chain.map { $0["messageId"] } == ["m-2", "m-5"])
        #expect(chain[0]["rejected"] == ["reason": "limit", "namespace": "user", "limit": 1])
        #expect(chain[1]["rejected"] == nil)
    }

    @Test("two that have but a shared mailbox in common")
    func shared() async throws {
        let answer = try await explain("user:zoe", "user:ann", on: bench())
        #expect(answer["because"] == "shared")
        guard case .array(let chain)? = answer["chain"] else { throw TestFailure() }
        #expect(chain.map { $0["rejected"]?["identifier"] } == ["email:info@example.com", "email:info@example.com"])
        let mailbox = try await explain("email:info@example.com", "user:ann", on: bench())
        #expect(mailbox["from"] == ["identifier": "email:info@example.com", "state": "shared"])
        #expect(mailbox["because"] == "shared")
    }

    @Test("two that are shared, by the event that names both")
    func bothShared() async throws {
        let bench = try await bench { fixture, ids in
            let sales = try fixture.profile(9, [Identifier("email", "sales@example.com")], isShared: true)
            try fixture.evidence(ids[4], sales[0], at: .after(9), messageID: "m-9")
        }
        for (one, other) in [("info", "sales"), ("sales", "info")] {
            let answer = try await explain("email:\(one)@example.com", "email:\(other)@example.com", on: bench)
            #expect(answer["together"] == false && answer["because"] == "shared")
            guard case .array(let chain)? = answer["chain"] else { throw TestFailure() }
            #expect(chain.map { $0["messageId"] } == ["m-9"])
        }
    }

    @Test("two that several reasons keep apart, by the same one from both ends")
    func reasons() async throws {
        for (one, other) in [("user:zoe", "user:bob"), ("user:bob", "user:zoe")] {
            let answer = try await explain(one, other, on: bench())
            guard case .array(let chain)? = answer["chain"] else { throw TestFailure() }
            #expect(chain.count == 4 && answer["because"] == "limit")
        }
    }

    @Test("two that have but a shared mailbox in common, by the events that say so, whichever was seen first")
    func sharedBefore() async throws {
        let bench = try await bench { fixture, ids in
            let max = try fixture.profile(9, [Identifier("user", "max")])
            try fixture.evidence(ids[4], max[0], at: .after(9), messageID: "m-9")
        }
        guard case .array(let chain)? = try await explain("user:ann", "user:max", on: bench)["chain"] else {
            throw TestFailure()
        }
        #expect(chain.map { $0["messageId"] } == ["m-4", "m-9"])
        #expect(chain.map { $0["strength"] } == [120, 130])
    }

    @Test("of two ways over shared mailboxes by the one with the stronger evidence, whichever was seen first")
    func strongerWay() async throws {
        let bench = try await bench { fixture, ids in
            let sales = try fixture.profile(9, [Identifier("email", "sales@example.com")], isShared: true)
            for (place, name) in [(Int64(10), "max"), (11, "pia")] {
                let person = try fixture.profile(place, [Identifier("user", name)])
                try fixture.evidence(ids[4], person[0], strength: 110, messageID: "weak-\(name)")
                try fixture.evidence(sales[0], person[0], strength: 130, messageID: "strong-\(name)")
            }
        }
        for (one, other) in [("max", "pia"), ("pia", "max")] {
            guard case .array(let chain)? = try await explain("user:\(one)", "user:\(other)", on: bench)["chain"] else {
                throw TestFailure()
            }
            #expect(chain.map { $0["strength"] } == [130, 130])
        }
    }

    @Test("two that nothing joins, whom nobody knows, and who is nobody")
    func nothing() async throws {
        let bench = try await bench { fixture, _ in _ = try fixture.profile(9, [Identifier("user", "max")]) }
        let apart = try await explain("user:max", "user:ann", on: bench)
        #expect(apart["because"] == "no_evidence" && apart["chain"] == [])
        let unknown = try await explain("user:ann", "user:nobody", on: bench)
        #expect(unknown["because"] == "unknown")
        #expect(unknown["to"] == ["identifier": "user:nobody", "state": "unknown"])
        let junk = try await explain("email:test@test.com", "user:ann", on: bench)
        #expect(junk["because"] == "junk")
        #expect(junk["from"] == ["identifier": "email:test@test.com", "state": "junk"])
        let id = String(repeating: "a", count: 26)
        #expect(
            try await explain(id, "user:ann", on: bench)["from"] == ["identifier": .string(id), "state": "unknown"]
        )
    }

    @Test("what somebody decided, with who it was and why")
    func decisions() async throws {
        let apart = try await explain(
            "user:ann",
            "user:zoe",
            on: bench { try $0.decide("d-1", $1[0], $1[3], .apart) }
        )
        #expect(apart["because"] == "separated")
        #expect(apart["separation"]?["author"] == "eve" && apart["separation"]?["decision"] == "d-1")
        let together = try await explain(
            "user:ann",
            "user:bob",
            on: bench { try $0.decide("d-2", $1[0], $1[2], .together) }
        )
        #expect(together["together"] == true)
        guard case .array(let chain)? = together["chain"] else { throw TestFailure() }
        #expect(chain.map { $0["kind"] } == ["decided"])
        #expect(chain[0]["decision"] == "d-2" && chain[0]["reason"] == "I know them")
    }

    @Test("an id stands for the identifier that founds its profile")
    func ids() async throws {
        let bench = try await bench()
        let id = PublicID.text(of: Bench.lookup.hash(Identifier("user", "ann")))
        let answer = try await explain(id, "email:fam@example.com", on: bench)
        #expect(answer["from"] == ["identifier": "user:ann", "state": "whole", "profile": .string(id)])
        #expect(try await explain("user:bob", id, on: bench)["to"] == answer["from"])
        #expect(try await explain(id, id, on: bench)["chain"] == [])
    }

    @Test("begins with another of the profile's identifiers, and with no one else's")
    func from() async throws {
        let bench = try await bench()
        let path = "/v1/profiles/user:ann/explain?to=user:bob"
        let answer = try await bench.call(.get, "\(path)&from=email:fam@example.com")
        #expect(answer.json["from"]?["identifier"] == "email:fam@example.com")
        #expect(try await bench.call(.get, "\(path)&from=user:zoe").status == 404)
        #expect(try await bench.call(.get, "\(path)&from=user:nobody").status == 404)
        let nobody = try await bench.call(.get, "/v1/profiles/user:nobody/explain?to=user:bob&from=user:ann")
        #expect(nobody.status == 404)
    }

    @Test(
        "needs two that can be read",
        arguments: [
            ("user:ann/explain", "missing_parameter"), ("user:ann/explain?to=bob", "invalid_parameter"),
            ("user:ann/explain?to=", "invalid_parameter"), ("ann/explain?to=user:bob", "invalid_identifier"),
        ]
    )
    func refused(path: String, code: String) async throws {
        let answer = try await Bench().call(.get, "/v1/profiles/\(path)")
        #expect(answer.status == 400)
        #expect(answer.json["code"] == .string(code))
    }
}

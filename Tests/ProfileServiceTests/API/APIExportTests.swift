import Events
import HTTPTypes
import Identity
import MessageLog
import ServiceKit
import Store
import Testing
import Topics

@testable import ProfileService

@Suite("What a person is given of everything that is held on them", .serialized, .onBothEngines)
struct APIExportTests {
    private static let ann = Identifier("user", "ann-1")
    private static let bob = Identifier("user", "bob-the-other")

    /// Ann, who has a mailbox in common with many, and Bob, who was set apart from her and whose record has her address.
    private func bench() async throws -> Bench {
        let bench = try Bench()
        try await bench.store.write { db in
            let fixture = StoreFixture(db: db)
            let ann = try fixture.profile(1, [Self.ann, Identifier("email", "ann@x.example")])
            let bob = try fixture.profile(2, [Self.bob])
            let info = try fixture.profile(3, [Identifier("email", "info@x.example")], isShared: true)
            let robot = try fixture.profile(4, [Identifier("crm_id", "robot")], isShared: true)
            try fixture.evidence(ann[0], ann[1], at: .after(2), messageID: "m-1")
            try fixture.evidence(ann[0], info[0], at: .after(1), messageID: "m-2")
            try fixture.evidence(ann[0], robot[0], at: .after(3), messageID: "m-3")
            try fixture.evidence(bob[0], info[0], at: .after(1), messageID: "m-4")
            try fixture.evidence(bob[0], ann[1], at: .after(4), messageID: "m-5", rejected: "user")
            try fixture.decide("dec_1", ann[0], bob[0], .apart)
            for (second, plan) in [(1, "free"), (2, "gold")] {
                try fixture.observe(ann[0], "plan", .string(plan), at: .after(Int64(second)), messageID: "m-\(second)")
            }
            try fixture.observe(bob[0], "plan", "bob-the-other's", at: .after(3))
        }
        return bench
    }

    private func export(_ bench: Bench) async throws -> Bench.Answer {
        let answer = try await bench.call(.get, "/v1/profiles/user:ann-1/export", as: .read)
        #expect(answer.status == 200)
        #expect(!answer.text.contains("bob-the-other"))
        return answer
    }

    private func list(_ name: String, in answer: Bench.Answer) throws -> [JSONValue] {
        guard case .array(let list)? = answer.json[name] else { throw TestFailure() }
        return list
    }

    @Test("is broken off when its key is revoked", arguments: ["/v1/profiles/user:ann-1/export", "/v1/export"])
    func revoked(path: String) async throws {
        let bench = try await bench()
        #expect(try await bench.call(.get, path, as: .read).status == 200)
        await #expect(throws: APIError.self) {
            try await bench.call(.get, path, as: .read) {
                bench.keys.apply(.keyRevoked(id: "key_read", at: Bench.now))
            }
        }
    }

    @Test("has the evidence that addresses are the person's which are nobody's alone, and of others none")
    func evidence() async throws {
        let evidence = try await list("evidence", in: export(bench()))
        #expect(evidence.map { $0["messageId"] } == ["m-2", "m-1"])
        let ends = evidence.map { link in Set(["from", "to"].compactMap { link[$0]?.plainText }) }
        #expect(ends == [["user:ann-1", "email:info@x.example"], ["user:ann-1", "email:ann@x.example"]])
        #expect(evidence[0]["rejected"] == ["reason": "shared", "identifier": "email:info@x.example"])
    }

    @Test("has what was decided of the person and somebody else, without whom")
    func decisions() async throws {
        let decisions = try await list("decisions", in: export(bench()))
        #expect(decisions.map { $0["id"] } == ["dec_1"])
        #expect(decisions[0]["left"] == "user:ann-1" && decisions[0]["right"] == nil)
        #expect(decisions[0]["verdict"] == "apart" && decisions[0]["reason"] == "I know them")
    }

    @Test("has the values of traits that do not count now")
    func observations() async throws {
        let seen = try await list("observations", in: export(bench()))
        #expect(seen.map { $0["value"] } == ["free", "gold"])
        #expect(seen.map { $0["messageId"] } == ["m-1", "m-2"])
        #expect(seen.allSatisfy { $0["trait"] == "plan" && $0["identifier"] == "user:ann-1" && $0["source"] == "web" })
    }

    private func command(_ id: String, for identifier: Identifier, _ text: JSONValue) -> Command {
        Command(
            id: id,
            destination: "crm",
            rule: "thanks",
            identifier: identifier,
            causedBy: "m-1",
            payload: ["body": text],
            createdAt: Bench.now,
            notAfter: .after(60)
        )
    }

    @Test("has messages and dead letters, and of those to others no more than that there are some")
    func records() async throws {
        let bench = try await bench()
        let others = command("c-1", for: Self.bob, "Ask ann@x.example")
        let commands = [others, command("c-2", for: Self.ann, "Hello"), command("c-3", for: Self.bob, "Bye")]
        _ = try await bench.log.append(commands.map { $0.record(at: Bench.now) }, to: Topic.commands)
        let payloads = [
            #"{"type":"nonsense","userId":"ann-1"}"#, String(decoding: others.encoded, as: UTF8.self),
            #"{"userId":"bob-the-other"}"#,
        ]
        let letters = payloads.map { payload in
            DeadLetter(
                service: "ingest",
                code: "invalid_event",
                reason: "It is none.",
                origin: "web",
                time: Bench.now,
                payload: payload
            )
        }
        _ = try await bench.log.append(letters.map { $0.record(at: Bench.now) }, to: Topic.deadLetters)
        let answer = try await export(bench)
        let told = try list("commands", in: answer)
        #expect(told.map { $0["id"] } == ["c-2", nil])
        #expect(told[0]["payload"] == ["body": "Hello"] && told[1]["withheld"] == true)
        let given = try list("deadLetters", in: answer)
        #expect(given.map { $0["id"] } == ["profile@1", "profile@0"])
        #expect(given[0]["withheld"] == true && given[0]["payload"] == nil)
        #expect(given[1]["payload"] == .string(payloads[0]))
    }

    @Test("of a mailbox that was claimed, has the evidence of whom it is, and not the crowd's")
    func claimed() async throws {
        let world = try PipelineWorld()
        try await world.send(
            (1...7).map { .mail("m\($0)", at: Int64($0), user: "u\($0)", address: "info@shop.example") }
        )
        let word = Word(author: "eve", reason: "Hers.", time: Timestamp(microseconds: TestEvent.microseconds(50)))
        let (person, mailbox) = (Identifier("user", "u3"), Identifier("email", "info@shop.example"))
        try await world.decide(
            .decision(IdentityDecision(id: "d", verdict: .together, left: mailbox, right: person, word: word))
        )
        try await world.settle()
        #expect(try world.ownEvidence(of: person) == ["email:info@shop.example user:u3"])
    }
}

extension PipelineWorld {
    /// The pairs that a person's own evidence is of.
    fileprivate func ownEvidence(of identifier: Identifier) throws -> Set<String> {
        try store.read { db in
            let number = try Bench.lookup.profile(.identifier(identifier), in: db) ?? 0
            let links = try OwnEvidence(of: number, by: Bench.lookup, in: db).links
            return Set(
                links.map { link in
                    [link.from, link.to].map(\.identifier.description).sorted().joined(separator: " ")
                }
            )
        }
    }
}

import Events
import FoundationEssentials
import HTTPTypes
import Identity
import MessageLog
import Store
import Testing
import Topics

@testable import ProfileService

@Suite("A profile's history over the API", .serialized, .onBothEngines)
struct APIHistoryTests {
    private static let keys = (0..<5).map { Bench.lookup.hash(Identifier("user", "k\($0)")) }
    private static let ids = keys.map { JSONValue.string(PublicID.text(of: $0)) }

    /// 1 went into 0; then 0 went into 2; then 1 came out again, and took in 3.
    private func bench() async throws -> Bench {
        let bench = try Bench()
        let keys = Self.keys
        try await bench.store.write { db in
            let fixture = StoreFixture(db: db)
            try fixture.profile(1, [Identifier("user", "k2"), Identifier("user", "k0")])
            try fixture.profile(2, [Identifier("user", "k1"), Identifier("user", "k3")])
            try fixture.profile(3, [Identifier("user", "k4")])
            let first = Cause.event(source: "web", messageID: "m-1")
            try fixture.step(
                batch: 1,
                "merged",
                keys[0],
                former: keys[1],
                origins: keys[0] + keys[1],
                results: keys[0],
                cause: first
            )
            try fixture.step(batch: 2, "merged", keys[2], former: keys[0], origins: keys[0] + keys[2], results: keys[2])
            // Two rows of one batch, in either order.
            for key in [keys[1], keys[2]] {
                try fixture.step(
                    batch: 3,
                    "split",
                    key,
                    origins: keys[2],
                    results: keys[1] + keys[2],
                    cause: .decision("d-1")
                )
            }
            try fixture.step(batch: 5, "merged", keys[1], former: keys[3], origins: keys[1] + keys[3], results: keys[1])
        }
        return bench
    }

    private func entries(_ path: String, on bench: Bench) async throws -> (entries: [JSONValue], cursor: JSONValue?) {
        let answer = try await bench.call(.get, "/v1/profiles/\(path)", as: .read)
        #expect(answer.status == 200)
        guard case .array(let entries)? = answer.json["entries"] else { throw TestFailure() }
        return (entries, answer.json["cursor"])
    }

    @Test("tells what was before and after, and by what, the newest first")
    func whole() async throws {
        let bench = try await bench()
        let (entries, cursor) = try await entries("user:k0/history", on: bench)
        #expect(entries.map { $0["kind"] } == ["split", "merged", "merged"])
        #expect(entries[0]["before"] == [Self.ids[2]])
        #expect(entries[0]["after"] == [Self.ids[1], Self.ids[2]])
        #expect(entries.map { $0["cause"] } == [["decision": "d-1"], nil, ["source": "web", "messageId": "m-1"]])
        #expect(entries[2]["time"] == .string(Timestamp(microseconds: Bench.now.microseconds + 1).description))
        #expect(cursor == nil)
    }

    /// A decision on two that was taken back.
    private static var book: ControlBook {
        let (left, right) = (Identifier("user", "k0"), Identifier("user", "k9"))
        let word = Word(author: "eve", reason: "They called.", time: Bench.now)
        var book = ControlBook()
        book.apply(
            .decision(IdentityDecision(id: "d-1", verdict: .together, left: left, right: right, word: word))
        )
        book.apply(
            .withdrawal(Withdrawal(id: "d-1", word: Word(author: "mallory", reason: "wrong", time: .after(1))))
        )
        return book
    }

    @Test("tells who made a decision and who took it back, and why")
    func decided() async throws {
        let bench = try Bench()
        let key = Self.keys[0]
        try await bench.store.write { db in
            let fixture = StoreFixture(db: db)
            try fixture.profile(1, [Identifier("user", "k0")])
            try fixture.step(batch: 1, "merged", key, cause: .decision("d-1"))
            try fixture.step(batch: 2, "split", key, cause: .decision("d-1"), isWithdrawn: true)
        }
        bench.api.inEffect.note(Self.book)
        let (entries, _) = try await entries("user:k0/history", on: bench)
        let withdrawn: JSONValue = [
            "decision": "d-1", "withdrawn": true, "author": "mallory", "reason": "wrong",
            "time": .string(Timestamp.after(1).description),
        ]
        let made: JSONValue = [
            "decision": "d-1", "author": "eve", "reason": "They called.", "time": .string(Bench.now.description),
        ]
        #expect(entries.map { $0["cause"] } == [withdrawn, made])
    }

    @Test(
        "lists what was taken back, with who did so and why",
        arguments: [("user:k9", 1), ("user:k1", 0), ("user:null", 0)]
    )
    func listed(name: String, count: Int) async throws {
        let bench = try Bench()
        bench.api.inEffect.note(Self.book)
        let path = "/v1/identity/decisions?withdrawn=true&identifier=\(name)"
        let answer = try await bench.call(.get, path, as: .read)
        guard case .array(let found)? = answer.json["decisions"] else { throw TestFailure() }
        #expect(found.count == count)
        #expect(found.allSatisfy { $0["author"] == "eve" && $0["withdrawn"]?["author"] == "mallory" })
        let standing = try await bench.call(.get, "/v1/identity/decisions", as: .read)
        #expect(standing.json["decisions"] == [])
    }

    @Test("of one that came out of another, that one's history before belongs to it, and not what came after")
    func branch() async throws {
        let (entries, _) = try await entries("user:k3/history", on: bench())
        #expect(entries.map { $0["kind"] } == ["merged", "split", "merged", "merged"])
        #expect(entries[0]["before"] == [Self.ids[1], Self.ids[3]])
    }

    @Test("goes on page by page", arguments: ["user:k0", "user:k3"])
    func pages(name: String) async throws {
        let bench = try await bench()
        let (whole, _) = try await entries("\(name)/history", on: bench)
        var read: [JSONValue] = []
        var cursor = ""
        while true {
            let page = try await entries("\(name)/history?limit=1\(cursor)", on: bench)
            read += page.entries
            guard case .string(let next)? = page.cursor else { break }
            cursor = "&cursor=\(next)"
        }
        #expect(read == whole)
    }

    @Test("is empty for one to whom nothing happened")
    func empty() async throws {
        #expect(try await entries("user:k4/history", on: bench()).entries == [])
    }

    @Test("refuses a cursor that it did not give", arguments: ["x", "0", "-1", "01", "99999999999999999999"])
    func badCursor(cursor: String) async throws {
        let answer = try await bench().call(.get, "/v1/profiles/user:k0/history?cursor=\(cursor)")
        #expect(answer.status == 400)
        #expect(answer.json["code"] == "invalid_cursor")
    }
}

import Events
import HTTPTypes
import Identity
import MessageLog
import ServiceKit
import Store
import Testing
import Topics

@testable import ProfileService

@Suite("Erasing over the API", .serialized)
struct APIErasureTests {
    private static let address = Identifier("email", "two@x.example")

    /// An address that two accounts have.
    private func bench() async throws -> Bench {
        let bench = try Bench()
        try await bench.store.write { db in
            let fixture = StoreFixture(db: db)
            let address = try fixture.profile(1, [Self.address], isShared: true)
            try db.execute(
                "UPDATE identifier SET shared = ? WHERE id = ?",
                [NodeState.ambiguous.rawValue, address[0]]
            )
            for (number, user) in [(2, "a"), (3, "b")] {
                let account = try fixture.profile(Int64(number), [Identifier("user", user)])
                try fixture.evidence(address[0], account[0], messageID: user)
            }
        }
        return bench
    }

    @Test("an address of two accounts is refused, with the ids of both")
    func ambiguous() async throws {
        let bench = try await bench()
        let answer = try await bench.call(.delete, "/v1/profiles/email:two@x.example?reason=asked")
        #expect(answer.status == 409 && answer.json["code"] == "several_profiles")
        let ids = ["a", "b"].map { PublicID.text(of: Bench.lookup.hash(Identifier("user", $0))) }.sorted()
        #expect(answer.json["profiles"] == .array(ids.map(JSONValue.string)))
    }

    @Test("one that is a person's is not erased alone")
    func whole() async throws {
        let answer = try await bench().call(.delete, "/v1/profiles/user:a?reason=asked&alone=true")
        #expect(answer.status == 409 && answer.json["code"] == "one_person")
    }

    @Test("are listed page by page, the last first")
    func pages() async throws {
        let bench = try Bench()
        var book = ControlBook()
        for number in 0..<5 {
            // Some of one moment.
            let time = Timestamp(microseconds: Bench.now.microseconds + Int64(number / 2))
            let word = Word(author: "ann", reason: "asked", time: time)
            let person = Suppression(id: "era_\(number)", hashes: [], identifiers: [], profileIDs: [], word: word)
            book.apply(.suppression(person))
        }
        bench.api.inEffect.note(book)
        var (ids, sizes): ([JSONValue?], [Int]) = ([], [])
        var path: String? = "/v1/erasures?limit=2"
        while let asked = path {
            let page = try await bench.call(.get, asked).json
            guard case .array(let receipts)? = page["erasures"] else { break }
            ids += receipts.map { $0["id"] }
            sizes.append(receipts.count)
            path = page["cursor"].map { "/v1/erasures?limit=2&cursor=\($0.plainText)" }
        }
        #expect(ids == (0..<5).reversed().map { .string("era_\($0)") })
        #expect(sizes == [2, 2, 1])
        #expect(try await bench.call(.get, "/v1/erasures?cursor=nonsense").status == 400)
    }
}

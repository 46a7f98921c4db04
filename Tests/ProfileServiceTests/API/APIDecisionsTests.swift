import Events
import HTTPTypes
import Identity
import MessageLog
import ServiceKit
import Store
import Testing
import Topics

@testable import ProfileService

@Suite("Decisions over the API", .serialized)
struct APIDecisionsTests {
    private static let word = Word(author: "eve", reason: "I know them", time: Bench.now)
    private static let ann = Identifier("user", "ann")

    private static func decision(_ id: String, _ left: Identifier, _ right: Identifier) -> ControlRecord {
        .decision(IdentityDecision(id: id, verdict: .together, left: left, right: right, word: word))
    }

    /// Ann and Bob of whom somebody decided something, and what stands beside it and has no effect: two spellings of one address, and
    /// a value that is nobody's.
    private static let book: ControlBook = {
        var book = ControlBook()
        book.apply(decision("dec_1", Identifier("email", "Ann@x.example"), Identifier("email", "ann@x.example")))
        book.apply(decision("dec_2", ann, Identifier("user", "null")))
        book.apply(decision("dec_3", ann, Identifier("user", "bob")))
        let nobody = Identifier("user", "null")
        book.apply(
            .correction(TraitCorrection(id: "cor_1", identifier: nobody, trait: "plan", value: "1", word: word))
        )
        return book
    }()

    private func bench() async throws -> Bench {
        let limits = APILimits(deadline: .seconds(300), applying: .seconds(300), scanning: .seconds(300))
        let bench = try Bench(limits: limits)
        bench.api.inEffect.note(Self.book)
        try await bench.store.write { db in
            let fixture = StoreFixture(db: db)
            let ann = try fixture.profile(1, [Self.ann])
            let bob = try fixture.profile(2, [Identifier("user", "bob")])
            try fixture.decide("dec_3", ann[0], bob[0], .together)
        }
        return bench
    }

    private func list(_ name: String, _ path: String, on bench: Bench) async throws -> [JSONValue] {
        var (found, cursor): ([JSONValue], String?) = ([], nil)
        repeat {
            let rest = cursor.map { "&cursor=\($0)" } ?? ""
            let page = try await bench.call(.get, "\(path)limit=1\(rest)", as: .read).json
            guard case .array(let words)? = page[name] else { throw TestFailure() }
            found += words
            cursor = page["cursor"]?.plainText
        } while cursor != nil
        return found
    }

    @Test("are listed also where the rules take the two for one or for nobody, with that they have no effect")
    func idle() async throws {
        let bench = try await bench()
        let all = try await list("decisions", "/v1/identity/decisions?", on: bench)
        #expect(all.map { $0["id"] } == ["dec_3", "dec_2", "dec_1"])
        #expect(all.map { $0["inEffect"] } == [nil, false, false])
        let path = "/v1/identity/decisions?identifier="
        let nobodys = try await list("decisions", "\(path)user:null&", on: bench)
        #expect(nobodys.map { $0["id"] } == ["dec_2"])
        let spelt = try await list("decisions", "\(path)email:ANN@x.example&", on: bench)
        #expect(spelt.map { $0["id"] } == ["dec_1"])
        let corrections = try await list("corrections", "/v1/corrections?", on: bench)
        #expect(corrections.map { $0["id"] } == ["cor_1"] && corrections[0]["inEffect"] == false)
    }

    @Test("are taken back also where they have no effect, and that changes nobody", arguments: ["dec_1", "dec_2"])
    func withdraw(id: String) async throws {
        let bench = try await bench()
        let preview = try await bench.call(.post, "/v1/identity/preview", body: #"{"withdraw":"\#(id)"}"#)
        #expect(preview.status == 200 && preview.json == ["before": [], "after": []])
        let withdrawal = Withdrawal(id: id, word: Word(author: "key_admin", reason: "no", time: Bench.now))
        async let answer = bench.call(.delete, "/v1/identity/decisions/\(id)?reason=no")
        while try await !isSaid(.withdrawal(withdrawal), on: bench) { try await Task.sleep(for: .milliseconds(1)) }
        var book = Self.book
        book.apply(.withdrawal(withdrawal))
        bench.api.inEffect.note(book)
        let withdrawn = try await answer
        #expect(withdrawn.status == 200 && withdrawn.json["applied"] == true)
        #expect(withdrawn.json["withdrawn"]?["inEffect"] == false && withdrawn.json["before"] == [])
        #expect(try await bench.call(.delete, "/v1/identity/decisions/\(id)?reason=no").status == 404)
    }

    private func isSaid(_ record: ControlRecord, on bench: Bench) async throws -> Bool {
        var cursor = ControlCursor(log: bench.log)
        return try await cursor.next()?.contains(record) ?? false
    }
}

import Events
import HTTPTypes
import Store
import Testing
import Topics

@testable import ProfileService

@Suite("Corrections over the API", .serialized)
struct APICorrectionsTests {
    @Test("are listed of everybody page by page, the last first")
    func list() async throws {
        let bench = try Bench()
        try await bench.store.write { db in
            for number in 1...5 {
                let name = Identifier("user", "\(number)")
                try db.execute(
                    """
                    INSERT INTO correction (id, key, name, trait, value, time, author, reason)
                    VALUES (?, ?, ?, 'plan', '"gold"', ?, 'eve', 'She said so.')
                    """,
                    ["cor_\(number)", Bench.lookup.hash(name), name.description, Int64(number / 2)]
                )
            }
        }
        var (ids, cursor): ([String], String?) = ([], nil)
        repeat {
            let rest = cursor.map { "&cursor=\($0)" } ?? ""
            let page = try await bench.call(.get, "/v1/corrections?limit=2\(rest)", as: .read).json
            guard case .array(let corrections)? = page["corrections"] else { break }
            #expect(corrections.allSatisfy { $0["trait"] == "plan" && $0["value"] == "gold" })
            ids += corrections.compactMap { $0["id"]?.plainText }
            cursor = page["cursor"]?.plainText
        } while cursor != nil
        #expect(ids == ["cor_5", "cor_4", "cor_3", "cor_2", "cor_1"])
        #expect(try await bench.call(.get, "/v1/corrections?cursor=x", as: .read).status == 400)
    }
}

import Events
import HTTPTypes
import MessageLog
import ServiceKit
import Testing
import Topics

@testable import ProfileService

@Suite("Retiring an instance over the API", .serialized)
struct APIRetirementTests {
    @Test("is said on “control”, with who says so and why")
    func retires() async throws {
        let bench = try Bench()
        let other = try EmbeddedLog(directory: "\(bench.folder)/log", producer: "ingest-2")
        _ = try await other.append([Record(value: [], timestamp: 0)], to: Topic.events)
        await other.close()
        let answer = try await bench.call(.delete, "/v1/instances/ingest-2?reason=Gone&author=eve")
        #expect(answer.status == 202)
        #expect(answer.json["instance"] == "ingest-2" && answer.json["author"] == "eve")
        var cursor = ControlCursor(log: bench.log)
        let records = try await cursor.next() ?? []
        let word = Word(author: "eve", reason: "Gone", time: Bench.now)
        #expect(records.contains(.retirement(Retirement(instance: "ingest-2", word: word))))
        #expect(try await bench.audited().map(\.action) == ["instances.retire"])
    }

    @Test("needs an instance that has something on the log, and a reason")
    func refuses() async throws {
        let bench = try Bench()
        #expect(try await bench.call(.delete, "/v1/instances/ingest-2?reason=Gone").status == 404)
        #expect(try await bench.call(.delete, "/v1/instances/profile").status == 400)
        #expect(try await bench.call(.delete, "/v1/instances/profile?reason=Gone", as: .read).status == 403)
    }
}

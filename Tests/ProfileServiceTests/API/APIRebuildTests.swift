import Events
import Foundation
import HTTPTypes
import Testing
import Topics

@testable import ProfileService

@Suite("Rebuilding by API", .serialized)
struct APIRebuildTests {
    @Test("begins one rebuild at a time, says how it stands, and ends it")
    func begin() async throws {
        let bench = try Bench()
        #expect(try await bench.call(.get, "/v1/rebuild", as: .read).json == ["state": "none"])
        #expect(try await bench.call(.delete, "/v1/rebuild").status == 404)
        let begun = try await bench.call(.post, "/v1/rebuild", body: #"{"dryRun":true,"rules":"country: KR"}"#)
        #expect(begun.status == 202)
        #expect(begun.json["state"] == "running")
        #expect(begun.json["dryRun"] == true)
        let second = try await bench.call(.post, "/v1/rebuild", body: "{}")
        #expect(second.status == 409)
        #expect(second.json["code"] == "rebuild_under_way")
        #expect(try await bench.call(.get, "/v1/status", as: .read).json["rebuild"]?["state"] == "running")
        #expect(try await bench.call(.delete, "/v1/rebuild").status == 202)
        let actions = try await bench.audited().map(\.action)
        #expect(actions == ["rebuild.abort", "rebuild.start", "rebuild.start", "rebuild.abort"])
    }

    @Test("refuses who may not, and rules that are wrong, with the line")
    func refused() async throws {
        let bench = try Bench()
        #expect(try await bench.call(.post, "/v1/rebuild", as: .read, body: "{}").status == 403)
        #expect(try await bench.call(.delete, "/v1/rebuild", as: .read).status == 403)
        let body = #"{"rules":"country: KR\nnamespaces:\n  email: {limt: 2}","file":"new.yaml"}"#
        let answer = try await bench.call(.post, "/v1/rebuild", body: body)
        #expect(answer.status == 400)
        #expect(answer.json["code"] == "invalid_rules")
        #expect(answer.text.contains("new.yaml, line 3, namespace “email”: "))
        try "nonsense: 1".write(toFile: bench.folder + "/identity.yaml", atomically: true, encoding: .utf8)
        let own = try await bench.call(.post, "/v1/rebuild", body: "{}")
        #expect(own.status == 400)
        #expect(own.text.contains("identity.yaml, line 1"))
    }

    @Test("the status says when the file has other rules than the store")
    func status() async throws {
        let bench = try Bench()
        func state() async throws -> JSONValue? {
            try await bench.call(.get, "/v1/status", as: .read).json["identity"]?["state"]
        }
        #expect(try await state() == "upToDate")
        let path = bench.folder + "/identity.yaml"
        for (text, word) in [
            ("country: KR", "fileDiffers"), ("country: Korea", "fileIsWrong"), ("country: US # !", "upToDate"),
        ] {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            #expect(try await state() == JSONValue.string(word))
        }
    }
}

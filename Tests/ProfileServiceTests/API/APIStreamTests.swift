import Events
import HTTPTypes
import MessageLog
import ServiceKit
import Store
import Synchronization
import Testing
import Topics

@testable import ProfileService

@Suite("Following what changes", .serialized, .onBothEngines, .timeLimit(.minutes(10)))
struct APIStreamTests {
    private func publish(_ ids: [String], on bench: Bench, former: [String] = []) async throws {
        let changes = ids.map { id in
            Change(profileID: id, revision: 1, kind: .updated, formerIDs: former, events: [], time: Bench.now)
        }
        _ = try await bench.log.append(changes.map { $0.record(at: Bench.now) }, to: Topic.changes)
    }

    /// What stands behind a field's name in each event of a stream.
    private func fields(_ name: String, in text: String) -> [String] {
        let events = text.split(separator: "\n\n").filter { $0.contains("\ndata: ") }
        return events.flatMap { $0.split(separator: "\n") }.filter { $0.hasPrefix("\(name): ") }.map {
            String($0.dropFirst(name.utf8.count + 2))
        }
    }

    /// The last id in a stream, by which a client comes back, whether an event came with it or not.
    private func lastID(in text: String) -> String? {
        text.split(separator: "\n").last { $0.hasPrefix("id: ") }.map { String($0.dropFirst(4)) }
    }

    @Test("gives every change from the start on, and goes on behind the last one seen")
    func resumes() async throws {
        let bench = try Bench(limits: .lively)
        try await publish(["a", "b", "c"], on: bench)
        let all = try await bench.follow("/v1/profiles/stream?from=start") { $0.contains(#""id":"c""#) }
        #expect(fields("id", in: all) == ["profile@1", "profile@2", "profile@3"])
        #expect(fields("event", in: all) == ["profile", "profile", "profile"])
        let lastID = try #require(HTTPField.Name("Last-Event-ID"))
        let rest = try await bench.follow("/v1/profiles/stream", headers: [lastID: "profile@1"]) {
            $0.contains(#""id":"c""#)
        }
        #expect(fields("id", in: rest) == ["profile@2", "profile@3"])
        for id in ["nonsense", "profile@4"] {
            let refused = try await bench.call(.get, "/v1/profiles/stream", headers: [lastID: id])
            #expect(refused.status == 400)
            #expect(refused.json["code"] == "invalid_last_event_id")
        }
    }

    @Test("waits for a log that shows its end a little later, as after a power cut, before it sends a client away")
    func resumesEarly() async throws {
        let limits = APILimits(deadline: .seconds(300), heartbeat: .seconds(300), scanning: .seconds(300))
        let bench = try Bench(limits: limits)
        try await publish(["a"], on: bench)
        let header = try #require(HTTPField.Name("Last-Event-ID"))
        async let rest = bench.follow("/v1/profiles/stream", headers: [header: "profile@2"]) {
            $0.contains(#""id":"c""#) || $0.contains("invalid_last_event_id")
        }
        try await Task.sleep(for: .milliseconds(100))
        try await publish(["b", "c"], on: bench)
        let text = try await rest
        #expect(fields("id", in: text) == ["profile@3"])
    }

    @Test("brings a client back to where it was, also when it has seen no event")
    func resumesWithoutEvents() async throws {
        let bench = try Bench(limits: .lively)
        try await publish(["a", "b"], on: bench)
        let header = try #require(HTTPField.Name("Last-Event-ID"))
        let first = try await bench.follow("/v1/profiles/stream") { $0.contains("\n\n") }
        #expect(lastID(in: first) == "profile@2")
        let nobody = "/v1/profiles/stream?identifier=user:nobody"
        let quiet = try await bench.follow("\(nobody)&from=start") { $0.contains("id: profile@2\n:\n") }
        #expect(lastID(in: quiet) == "profile@2")
        try await publish(["c"], on: bench)
        let rest = try await bench.follow("/v1/profiles/stream", headers: [header: "profile@2"]) {
            $0.contains(#""id":"c""#)
        }
        #expect(fields("id", in: rest) == ["profile@3"])
    }

    @Test("gives what comes, without a word on what came before")
    func live() async throws {
        let bench = try Bench()
        try await publish(["old"], on: bench)
        let isOver = Atomic(false)
        let following = Task {
            defer { isOver.store(true, ordering: .releasing) }
            return try await bench.follow("/v1/topics/changes/stream") { $0.contains("new") }
        }
        // Nothing tells when it has begun to follow.
        while !isOver.load(ordering: .acquiring) {
            try await publish(["new"], on: bench)
            try await Task.sleep(for: .milliseconds(50))
        }
        let text = try await following.value
        #expect(!text.contains("old"))
    }

    @Test("ends when its key is revoked, and tells nothing of what comes then")
    func revoked() async throws {
        let bench = try Bench(limits: .lively)
        async let following = bench.call(.get, "/v1/topics/changes/stream")
        // The call is written down when it is admitted.
        while try await bench.audited().isEmpty { try await Task.sleep(for: .milliseconds(1)) }
        bench.keys.apply(.keyRevoked(id: "key_admin", at: Bench.now))
        try await publish(["later"], on: bench)
        let answer = try await following
        #expect(answer.status == 200)
        #expect(!answer.text.contains("later"))
    }

    @Test("follows one person by an identifier, under whatever id")
    func filter() async throws {
        let bench = try Bench()
        try await bench.store.write { db in
            let fixture = StoreFixture(db: db)
            try fixture.profile(1, [Identifier("user", "1"), Identifier("email", "ada@example.com")])
            try fixture.profile(2, [Identifier("user", "2")])
        }
        let ids = ["user:1", "user:2", "email:ada@example.com"].compactMap { text in
            Identifier(parsing: text).map { PublicID.text(of: Bench.lookup.hash($0)) }
        }
        try await publish(ids, on: bench)
        let text = try await bench.follow("/v1/profiles/stream?from=start&identifier=user:1") { $0.contains(ids[2]) }
        #expect(fields("id", in: text) == ["profile@1", "profile@3"])
    }

    @Test("tells who follows one person of an id of theirs that leads nowhere any more")
    func filterOfGone() async throws {
        let bench = try Bench(limits: .lively)
        let (ann, address) = (Identifier("user", "ann"), Identifier("email", "ann@example.com"))
        try await bench.store.write { db in _ = try StoreFixture(db: db).profile(1, [ann, address]) }
        let ids = [ann, Identifier("user", "bob")].map { PublicID.text(of: Bench.lookup.hash($0)) }
        let (told, signal) = AsyncStream.makeStream(of: Void.self)
        async let following = bench.follow("/v1/profiles/stream?from=start&identifier=\(address)") { text in
            if text.contains(ids[0]) { signal.yield() }
            return text.contains("last")
        }
        try await publish([ids[0]], on: bench)
        for await _ in told { break }
        try await bench.store.write { db in _ = try db.execute("DELETE FROM identifier") }
        try await publish([ids[1], ids[0]], on: bench, former: ["last"])
        let text = try await following
        #expect(fields("id", in: text) == ["profile@1", "profile@3"])
        // Who comes only then knows it by the identifier that the id is of.
        let late = try await bench.follow("/v1/profiles/stream?from=start&identifier=\(ann)") { $0.contains("last") }
        #expect(fields("id", in: late) == ["profile@1", "profile@3"])
    }

    @Test("says something when there is nothing to say, so that both sides know the other lives")
    func heartbeat() async throws {
        let bench = try Bench(limits: .lively)
        let text = try await bench.follow("/v1/profiles/stream") { $0.split(separator: "\n").count > 4 }
        #expect(text.split(separator: "\n").allSatisfy { $0.hasPrefix(":") || $0.hasPrefix("id: ") })
    }

    @Test("says where it is as well while it looks through much that is not for the client")
    func heartbeatInBetween() async throws {
        let limits = APILimits(deadline: .seconds(300), heartbeat: .milliseconds(1), scanning: .seconds(300))
        let bench = try Bench(limits: limits)
        try await publish((0..<401).map { "p\($0)" }, on: bench)
        let nobody = "/v1/profiles/stream?from=start&identifier=user:nobody"
        let text = try await bench.follow(nobody) { $0.contains("id: profile@401\n") }
        #expect(text.contains("id: profile@200\n:\n"))
    }

    @Test(
        "reads and writes places in a topic",
        arguments: [
            ("", true), ("profile@0", true), ("a@1,b@2", true), ("a", false), ("a@", false), ("@1", false),
            ("A@1", false),
            ("a@-1", false), ("a@1,", false), ("../x@1", false), ("a@99999999999999999999", false),
        ]
    )
    func positions(text: String, isRight: Bool) {
        #expect(Positions(text)?.description == (isRight ? text : nil))
    }
}

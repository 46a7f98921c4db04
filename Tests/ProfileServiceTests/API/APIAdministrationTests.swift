import Events
import HTTPTypes
import MessageLog
import ServiceKit
import Store
import Testing
import Topics

@testable import ProfileService

@Suite("Administering by API", .serialized)
struct APIAdministrationTests {
    @Test("makes a key that works at once, shows its secret only then, and keeps only its hash")
    func createKey() async throws {
        let bench = try Bench()
        let created = try await bench.call(
            .post,
            "/v1/keys",
            body: #"{"scope":"write","source":"shop","userNamespace":"crm.contact"}"#
        )
        #expect(created.status == 201)
        guard case .string(let secret)? = created.json["secret"] else { throw TestFailure() }
        #expect(secret.hasPrefix("kw_"))
        #expect(bench.keys.check(secret)?.userNamespace == "crm.contact")
        #expect(try await !bench.call(.get, "/v1/keys").text.contains(secret))
        let records = try await bench.log.read(
            Partition(topic: Topic.control, name: "profile"),
            from: 0,
            maxRecords: 10,
            maxBytes: 1 << 20
        )
        #expect(!records.contains { String(decoding: $0.record.value, as: UTF8.self).contains(secret) })
    }

    @Test(
        "refuses what is no wish for a key",
        arguments: [
            "{}", #"{"scope":"root"}"#, #"{"scope":"write"}"#, #"{"scope":"write","source":"a/b"}"#,
            #"{"scope":"write","source":"a","userNamespace":"a:b"}"#, #"{"scope":"read","sauce":"a"}"#, #"{"scope":1}"#,
        ]
    )
    func badWishes(body: String) async throws {
        #expect(try await Bench().call(.post, "/v1/keys", body: body).status == 400)
    }

    @Test("revokes a key, but not the last one that could make another")
    func revokeKey() async throws {
        let bench = try Bench()
        #expect(try await bench.call(.delete, "/v1/keys/key_read").status == 204)
        #expect(try await bench.call(.get, "/v1/status", as: .read).status == 401)
        #expect(try await bench.call(.delete, "/v1/keys/key_read").status == 404)
        let last = try await bench.call(.delete, "/v1/keys/key_admin")
        #expect(last.status == 409)
        #expect(last.json["code"] == "last_admin_key")
    }

    @Test("writes every administrative call down, refused and failed ones too, before it answers")
    func audit() async throws {
        let bench = try Bench()
        _ = try await bench.call(.post, "/v1/keys", body: #"{"scope":"read"}"#)
        _ = try await bench.call(.post, "/v1/keys", body: "nonsense")
        _ = try await bench.call(.get, "/v1/keys", as: .write)
        _ = try await bench.call(.get, "/v1/keys", as: nil)
        _ = try await bench.call(.get, "/v1/profiles/email:a@b.c", as: .read)
        let entries = try await bench.audited()
        #expect(entries.map(\.actor) == ["key_admin", "key_admin", "key_write"])
        #expect(entries.map(\.action) == ["keys.create", "keys.create", "keys.list"])
        #expect(entries.map(\.status) == [201, 400, 403])
    }

    @Test("lists audit entries from the newest on, page by page")
    func auditPages() async throws {
        let bench = try Bench()
        for index in 0..<7 { _ = try await bench.call(.get, "/v1/dead-letters/x@\(index)") }
        let first = try await bench.call(.get, "/v1/audit?limit=4&action=dead-letters.get").json
        guard case .string(let cursor)? = first["cursor"] else { throw TestFailure() }
        let second = try await bench.call(.get, "/v1/audit?limit=4&action=dead-letters.get&cursor=\(cursor)").json
        let subjects = [first, second].flatMap { page -> [JSONValue?] in
            guard case .array(let entries)? = page["entries"] else { return [] }
            return entries.map { $0["subject"] }
        }
        #expect(subjects == (0..<7).reversed().map { .string("/v1/dead-letters/x@\($0)") })
        #expect(second["cursor"] == nil)
        #expect(try await bench.call(.get, "/v1/audit?cursor=nonsense").status == 400)
    }

    @Test("writes down only so many refusals of one key in a minute, since some keys are public")
    func refusals() async throws {
        let bench = try Bench(limits: APILimits(deadline: .seconds(300), refusalsPerMinute: 3))
        for _ in 0..<10 { #expect(try await bench.call(.get, "/v1/keys", as: .write).status == 403) }
        #expect(try await bench.audited().count == 3)
    }

    @Test("grants the keys in the environment once, and not again after they were revoked")
    func initialKeys() async throws {
        let bench = try Bench()
        let (admin, write) = ("ka_0123456789abc", "kw_0123456789abc")
        let environment = ["KITH_ADMIN_KEY": admin, "KITH_WRITE_KEY": write, "KITH_WRITE_SOURCE": "shop"]
        for _ in 0..<2 { try await InitialKeys.grant(on: bench.log, at: Bench.now) { environment[$0] } }
        let partition = Partition(topic: Topic.control, name: "profile")
        let records = try await bench.log.read(partition, from: 0, maxRecords: 10, maxBytes: 1 << 20)
        let keys = try records.compactMap { stored -> GrantedKey? in
            if case .key(let key) = try ControlRecord(decoding: stored.record.value) { key } else { nil }
        }
        #expect(keys.map(\.scope) == [.write, .admin])
        #expect(keys.map(\.source) == ["shop", "admin"])
        #expect(keys.map(\.hash) == [Secret.hash(write), Secret.hash(admin)])
    }

    @Test("refuses a key in the environment that could be guessed, unless it was granted before")
    func shortKey() async throws {
        let bench = try Bench()
        let environment = ["KITH_READ_KEY": "kr_0123456789abc", "KITH_ADMIN_KEY": "ka_0123456789ab"]
        await #expect(throws: InitialKeyError(name: "KITH_ADMIN_KEY", leastBytes: 16)) {
            try await InitialKeys.grant(on: bench.log, at: Bench.now) { environment[$0] }
        }
        #expect(try await bench.log.partitions(of: Topic.control).allSatisfy { $0.head == 0 })
        let former = KeyWish(scope: .admin, source: "admin").key(secret: "ka_0123456789ab", at: Bench.now)
        _ = try await bench.log.append([ControlRecord.key(former).record(at: Bench.now)], to: Topic.control)
        try await InitialKeys.grant(on: bench.log, at: Bench.now) { environment[$0] }
        #expect(try await bench.log.partitions(of: Topic.control).map(\.head) == [2])
    }

    // MARK: - Dead letters

    private static let envelope =
        #"{"v":1,"source":"web","messageId":"m-1","type":"track","name":"X","timestamp":"2026-01-01T00:00:00.000Z","#
        + #""receivedAt":"2026-01-01T00:00:00.000Z","event":{"userId":"42"}}"#

    private func benchWithLetters(limits: APILimits = .patient, isGated: Bool = false) async throws -> Bench {
        let bench = try Bench(limits: limits, isGated: isGated)
        let letters = [
            DeadLetter(
                service: "ingest",
                code: "invalid_event",
                reason: "No.",
                origin: "web",
                time: Bench.now,
                payload: "{"
            ),
            DeadLetter(
                service: "profile",
                code: "poison",
                reason: "It kills.",
                origin: "web",
                messageID: "m-1",
                position: "events/ingest@7",
                replayTopic: Topic.events,
                time: Bench.now,
                payload: Self.envelope
            ),
        ]
        _ = try await bench.log.append(letters.map { $0.record(at: Bench.now) }, to: Topic.deadLetters)
        return bench
    }

    @Test(
        "lists dead letters without their payloads, the newest first, by what is asked for",
        arguments: [
            ("", ["profile@1", "profile@0"]), ("?service=ingest", ["profile@0"]), ("?code=poison", ["profile@1"]),
            ("?messageId=m-1", ["profile@1"]), ("?messageId=m-2", []),
        ]
    )
    func listDeadLetters(query: String, ids: [String]) async throws {
        let answer = try await benchWithLetters().call(.get, "/v1/dead-letters\(query)")
        guard case .array(let letters)? = answer.json["deadLetters"] else { throw TestFailure() }
        #expect(letters.map { $0["id"] } == ids.map(JSONValue.string))
        #expect(letters.allSatisfy { $0["payload"] == nil })
    }

    @Test(
        "gives a cursor if there is more that is asked for, and only then",
        arguments: [
            ("?limit=2", false), ("?limit=1", true), ("?limit=1&cursor=profile@1", false),
            ("?limit=1&service=profile", false), ("?limit=1&service=ingest", false), ("?code=nothing", false),
        ]
    )
    func deadLetterCursor(query: String, hasMore: Bool) async throws {
        let answer = try await benchWithLetters().call(.get, "/v1/dead-letters\(query)")
        #expect(answer.status == 200)
        #expect((answer.json["cursor"] != nil) == hasMore)
    }

    @Test(
        "gives a cursor too where a page ends because so many records were looked at, or for so long",
        arguments: [
            APILimits(deadline: .seconds(300), scanned: 1, scanning: .seconds(300)),
            APILimits(deadline: .seconds(300), scanning: .zero),
        ]
    )
    func boundedPage(limits: APILimits) async throws {
        let bench = try await benchWithLetters(limits: limits)
        let first = try await bench.call(.get, "/v1/dead-letters?service=ingest").json
        #expect(first["deadLetters"] == .array([]))
        guard case .string(let cursor)? = first["cursor"] else { throw TestFailure() }
        let second = try await bench.call(.get, "/v1/dead-letters?service=ingest&cursor=\(cursor)").json
        guard case .array(let letters)? = second["deadLetters"] else { throw TestFailure() }
        #expect(letters.map { $0["id"] } == [.string("profile@0")])
    }

    @Test("replays a dead letter once, marked, with what it was")
    func replay() async throws {
        let bench = try await benchWithLetters()
        #expect(try await bench.call(.get, "/v1/dead-letters/profile@1").json["payload"] == .string(Self.envelope))
        for isAgain in [false, true] {
            let answer = try await bench.call(.post, "/v1/dead-letters/profile%401/replay")
            #expect(answer.status == 202)
            #expect(answer.json["alreadyReplayed"] == .bool(isAgain))
        }
        let partition = Partition(topic: Topic.events, name: "profile")
        let events = try await bench.log.read(partition, from: 0, maxRecords: 10, maxBytes: 1 << 20)
        #expect(events.map { String(decoding: $0.record.value, as: UTF8.self) } == [Self.envelope])
        #expect(events.first?.record.headers == [Header(name: "kith-replay-of", value: Array("profile@1".utf8))])
        #expect(try await bench.call(.get, "/v1/dead-letters/profile@1").json["replayedAt"] != nil)
    }

    @Test("replays nothing of somebody who is to be forgotten", arguments: [("user:42", 409), ("user:43", 202)])
    func replayOfSuppressed(name: String, status: Int) async throws {
        let bench = try await benchWithLetters(isGated: true)
        let identifier = try #require(Identifier(parsing: name))
        let suppression = Suppression(
            id: "s1",
            hashes: [bench.api.suppressionKey.hash(of: identifier)],
            identifiers: [identifier],
            profileIDs: [],
            word: Word(author: "eve", reason: "so", time: Bench.now)
        )
        let record = ControlRecord.suppression(suppression).record(at: Bench.now)
        _ = try await bench.log.append([record], to: Topic.control)
        let following = Task { [control = bench.control] in try await control.run() }
        defer { following.cancel() }
        let answer = try await bench.call(.post, "/v1/dead-letters/profile@1/replay")
        #expect(answer.status == status)
        #expect((answer.json["code"] == .string("suppressed")) == (status == 409))
    }

    @Test("knows after a restart what was replayed before it")
    func replayLedger() async throws {
        let bench = try await benchWithLetters()
        _ = try await bench.call(.post, "/v1/dead-letters/profile@1/replay")
        let ledger = ReplayLedger(log: bench.log)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await ledger.run() }
            while ledger[RecordPlace(lane: "profile", offset: 1)] == nil { await Task.yield() }
            group.cancelAll()
        }
        #expect(ledger.begin(RecordPlace(lane: "profile", offset: 1)) == .done(Bench.now))
    }

    @Test(
        "refuses to replay what was no record of a topic, and what is not there",
        arguments: [
            ("profile@0", 409), ("profile@9", 404), ("nobody@0", 404), ("..%2f..%2fetc@0", 404), ("profile", 404),
            ("profile@18446744073709551615", 404),
        ]
    )
    func badReplays(id: String, status: Int) async throws {
        #expect(try await benchWithLetters().call(.post, "/v1/dead-letters/\(id)/replay").status == status)
    }

    // MARK: - The log

    @Test("shows a topic's records, JSON as it is and other bytes as Base64")
    func topic() async throws {
        let bench = try Bench()
        let records = [
            Record(key: Array("k".utf8), value: Array(#"{"a": 1}"#.utf8), timestamp: 0),
            Record(value: [0xff, 0x00], timestamp: 0),
        ]
        _ = try await bench.log.append(records, to: Topic.events)
        let answer = try await bench.call(.get, "/v1/topics/events/records")
        guard case .array(let shown)? = answer.json["records"] else { throw TestFailure() }
        #expect(shown[0]["value"] == ["a": 1])
        #expect(shown[1]["base64"] == "/wA=")
        #expect(answer.json["next"] == 2)
        #expect(try await bench.call(.get, "/v1/topics/nonsense/records").status == 404)
        #expect(try await bench.call(.get, "/v1/topics/events/records?partition=nonsense").status == 404)
    }

    @Test("tells each consumer's lag in each partition")
    func status() async throws {
        let bench = try Bench()
        _ = try await bench.log.append((0..<5).map { Record(value: [], timestamp: $0) }, to: Topic.events)
        let partition = Partition(topic: Topic.events, name: "profile")
        try await bench.log.record(progress: [partition: 3], of: "profile", in: Topic.events)
        let status = try await bench.call(.get, "/v1/status", as: .read).json
        guard case .array(let consumers)? = status["consumers"] else { throw TestFailure() }
        #expect(consumers.map { $0["lag"] } == [2])
        #expect(status["uptimeSeconds"] == 0)
    }
}

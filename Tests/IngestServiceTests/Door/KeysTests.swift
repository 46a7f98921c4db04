import Events
import HTTPTypes
import MessageLog
import ServiceKit
import TestKit
import Testing
import Topics

@testable import IngestService

@Suite("Keys at the door")
struct KeysTests {
    private let keys: Keys

    init() {
        let ring = KeyRing(log: InMemoryLog(), readiness: Readiness())
        for source in ["web", "crm"] {
            let hash = Secret.hash("kw_\(source)")
            ring.apply(.key(GrantedKey(id: source, scope: .write, source: source, hash: hash, createdAt: noon)))
        }
        keys = Keys(ring: ring)
    }

    /// The source of a request with such headers.
    private func source(_ fields: [(name: String, value: String)]) throws -> String? {
        var headers = HTTPFields()
        for field in fields { headers[try #require(HTTPField.Name(field.name))] = field.value }
        return PresentedKeys(headers: headers, query: nil, keys: keys).writer?.source
    }

    @Test(
        "are each request's own, also behind a proxy that puts one authorization before all",
        arguments: ["Token proxy", "Bearer proxy", "Basic cHJveHk6c2VjcmV0", "Basic !!!", "proxy"]
    )
    func proxy(authorization: String) throws {
        let proxy = (name: "Authorization", value: authorization)
        #expect(try source([proxy, ("X-Write-Key", "kw_web")]) == "web")
        #expect(try source([proxy, ("X-Write-Key", "kw_crm")]) == "crm")
        #expect(try source([proxy, ("X-Write-Key", "wrong"), ("X-Api-Key", "kw_web")]) == "web")
        #expect(try source([proxy]) == nil)
    }

    @Test("count in the order in which they may stand")
    func order() throws {
        let web = (name: "Authorization", value: "Bearer kw_web")
        for _ in 0..<2 {
            #expect(try source([web, ("X-Write-Key", "kw_crm")]) == "web")
            #expect(try source([web]) == "web")
        }
    }

    @Test(
        "are not kept with the event, also those that an operator has chosen",
        arguments: [
            (#"[{"type":"page","userId":"1","token":"own"}]"#, Dialect.segment),
            (#"[{"event":"x","distinct_id":"1","properties":{"token":"own"}}]"#, .posthog),
        ]
    )
    func chosen(text: String, dialect: Dialect) throws {
        let ring = KeyRing(log: InMemoryLog(), readiness: Readiness())
        ring.apply(
            .key(GrantedKey(id: "own", scope: .write, source: "web", hash: Secret.hash("own"), createdAt: noon))
        )
        let submission = try Submission(Array(text.utf8), dialect: dialect, limits: Limits())
        let delivery = submission.delivery(receivedAt: noon, sentAt: nil, limits: Limits())
        let presented = PresentedKeys(headers: [:], query: Query("writeKey=own"), keys: Keys(ring: ring))
        let intake = Intake(submission, path: EventsPath(dialect: dialect), delivery: delivery, keys: presented)
        let record = try #require(intake.events.first)
        #expect(!String(decoding: record.value, as: UTF8.self).contains("own"))
    }

    @Test("are not remembered with a password of any length, which would fill the memory")
    func passwords() {
        for number in 0..<10 {
            let password = String(repeating: "x", count: 1000 + number)
            let credentials = Base64.encode(Array("kw_web:\(password)".utf8))
            #expect(keys.check([.authorization: "Basic \(credentials)"])?.secret == "kw_web")
        }
        // The key itself.
        #expect(keys.memories == 1)
    }

    @Test(
        "are not shown by a dead letter, also those that an operator has chosen",
        arguments: [
            (#"[{"type":"nope","userId":"1","token":"chosen"}]"#, Dialect.segment),
            (#"[{"event":"$snapshot","properties":{"token":"chosen","distinct_id":"u"}}]"#, .posthog),
        ]
    )
    func refused(text: String, dialect: Dialect) throws {
        let ring = KeyRing(log: InMemoryLog(), readiness: Readiness())
        for secret in ["chosen", "other"] {
            let hash = Secret.hash(secret)
            ring.apply(.key(GrantedKey(id: secret, scope: .write, source: "web", hash: hash, createdAt: noon)))
        }
        let submission = try Submission(Array(text.utf8), dialect: dialect, limits: Limits())
        let delivery = submission.delivery(receivedAt: noon, sentAt: nil, limits: Limits())
        let presented = PresentedKeys(headers: [:], query: Query("writeKey=other"), keys: Keys(ring: ring))
        let intake = Intake(submission, path: EventsPath(dialect: dialect), delivery: delivery, keys: presented)
        let letter = try #require(intake.deadLetters.first)
        #expect(!String(decoding: letter.value, as: UTF8.self).contains("chosen"))
    }

    @Test("are asked for before anything is judged")
    func none() throws {
        let submission = try Submission(
            Array(#"[{"type":"page","userId":"1"},5]"#.utf8),
            dialect: nil,
            limits: Limits()
        )
        let delivery = submission.delivery(receivedAt: noon, sentAt: nil, limits: Limits())
        let presented = PresentedKeys(headers: [:], query: Query("writeKey=wrong"), keys: keys)
        let intake = Intake(submission, path: EventsPath(dialect: .segment), delivery: delivery, keys: presented)
        #expect(!intake.hasKey)
        #expect(intake.receipt.rejectedCount == 0)
    }
}

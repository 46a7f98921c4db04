import Events
import Testing

@testable import IngestService

@Suite("A webhook's body")
struct WebhookEventTests {
    @Test("becomes a track event about whom it names")
    func track() throws {
        let body = try JSONDocument(Array(#"{"event":"invoice.paid","user_id":7,"email":"a@b.c","total":1.50}"#.utf8))
            .root
        let json = try #require(WebhookEvent.json(of: body))
        let event = try admit(String(decoding: json, as: UTF8.self))
        #expect(event.type == .track)
        #expect(event.name == "invoice.paid")
        #expect(event.orderingKey == "7")
        #expect(try event.json["context"]?["traits"]?["email"]?.string == "a@b.c")
        #expect(try event.json["properties"]?["total"]?.number?.text == "1.50")
    }

    @Test("may have nothing but an address to know the person by")
    func address() throws {
        let body = try JSONDocument(Array(#"{"email":"a@b.c"}"#.utf8)).root
        let json = try #require(WebhookEvent.json(of: body))
        #expect(try admit(String(decoding: json, as: UTF8.self)).orderingKey == "email:a@b.c")
    }

    @Test("of the same thing is another message, unless all of it is the same")
    func things() throws {
        func event(_ text: String) throws -> AdmittedEvent {
            let body = try JSONDocument(Array(text.utf8)).root
            let json = try #require(WebhookEvent.json(of: body))
            return try admit(String(decoding: json, as: UTF8.self))
        }
        let created = #""user_id":7,"id":17,"created_at":"2026-01-01T09:00:00Z""#
        let first = try event("{\(created)}")
        let second = try event(#"{\#(created),"updated_at":"2026-01-01T10:00:00Z"}"#)
        #expect(try event("{\(created)}").messageID == first.messageID)
        #expect(first.messageID.hasPrefix("17-"))
        #expect(second.messageID != first.messageID)
        #expect(first.times.timestamp == Timestamp("2026-01-01T09:00:00Z"))
        #expect(second.times.timestamp == Timestamp("2026-01-01T10:00:00Z"))
        #expect(try event(#"{"user_id":7,"id":17,"event_id":"e-1"}"#).messageID == "e-1")
    }

    @Test("does not carry its key into the log", arguments: KeyNames.body)
    func key(name: String) throws {
        let body = try JSONDocument(Array(#"{"\#(name)":"kw_secret","user_id":7,"a":1}"#.utf8)).root
        let json = String(decoding: try #require(WebhookEvent.json(of: body)), as: UTF8.self)
        #expect(!json.contains("kw_secret"))
        #expect(try admit(json).json["properties"]?["a"]?.int64 == 1)
    }

    @Test("does not carry a key into the log that an operator has chosen")
    func chosenKey() throws {
        let body = try JSONDocument(Array(#"{"token":"own","user_id":7}"#.utf8)).root
        let text = String(decoding: WebhookEvent.text(of: body) { $0 == "own" }, as: UTF8.self)
        #expect(!text.contains("own"))
    }

    @Test(
        "is one event, whatever its members are called",
        arguments: [#""data":[{"order":1},{"order":2}]"#, #""batch":"b-17""#, #""batch":[{"order":1}]"#]
    )
    func members(member: String) throws {
        let verdicts = try judged(#"{"event":"orders.synced","customer_id":"42",\#(member)}"#)
        guard case .admitted(let event)? = verdicts.first, verdicts.count == 1 else {
            Issue.record("\(verdicts)")
            return
        }
        #expect(event.name == "orders.synced")
        #expect(event.orderingKey == "42")
    }

    @Test("is as many events as its array has objects")
    func array() throws {
        let body = #"[{"event":"a","user_id":1},5,"\u0000",{"type":"page","userId":"2"},{"user_id":3,"x":"\u0000"}]"#
        let names = try judged(body).map { verdict -> String in
            switch verdict {
            case .admitted(let event): event.name ?? event.type.rawValue
            case .refused(let refusal, _, _): refusal.code.rawValue
            }
        }
        #expect(names == ["a", "not_an_object", "invalid_json", "page", "invalid_json"])
    }

    /// What becomes of a body that comes to the webhooks' path.
    private func judged(_ text: String) throws -> [Verdict] {
        func read(_ bytes: [UInt8]) throws -> Submission {
            try Submission(bytes, dialect: .segment, hasBatches: false, limits: Limits())
        }
        let submission = try read(WebhookEvent.text(of: read(Array(text.utf8)).root))
        let delivery = submission.delivery(receivedAt: noon, sentAt: nil, limits: Limits())
        return submission.items.map { submission.dialect.judge($0, of: delivery) }
    }

    @Test("that is an event already is left to be one")
    func event() throws {
        let body = try JSONDocument(Array(#"{"type":"identify","userId":"1"}"#.utf8)).root
        #expect(WebhookEvent.json(of: body) == nil)
    }
}

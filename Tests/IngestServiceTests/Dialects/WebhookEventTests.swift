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

    @Test("that is an event already is left to be one")
    func event() throws {
        let body = try JSONDocument(Array(#"{"type":"identify","userId":"1"}"#.utf8)).root
        #expect(WebhookEvent.json(of: body) == nil)
    }
}

import Testing

@testable import IngestService

@Suite("A pixel")
struct PixelEventTests {
    @Test("says in its query what the event is, an object deeper at every dot")
    func nested() {
        let query = Query(
            "writeKey=k&userId=42&event=Email+Opened&properties.subject=Hi&properties.a.b=1&context.page.url=x"
        )
        let expected =
            #"{"userId":"42","event":"Email Opened","properties":{"subject":"Hi","a":{"b":"1"}},"context":{"page":{"url":"x"}}}"#
        #expect(String(decoding: PixelEvent.json(of: query), as: UTF8.self) == expected)
    }

    @Test("does not carry its key into the log", arguments: KeyNames.query)
    func key(name: String) {
        #expect(PixelEvent.json(of: Query("\(name)=kw_secret&userId=42")) == Array(#"{"userId":"42"}"#.utf8))
    }

    @Test("has no member without a name", arguments: [".=x&", "..........=x&", "=x&"])
    func noName(pair: String) {
        #expect(PixelEvent.json(of: Query(pair + "userId=42")) == Array(#"{"userId":"42"}"#.utf8))
    }

    @Test("keeps the first of names that exclude each other")
    func conflicts() {
        let text = String(decoding: PixelEvent.json(of: Query("a=1&a.b=2&c.d=3&c=4&a=5")), as: UTF8.self)
        #expect(text == #"{"a":"1","c":{"d":"3"}}"#)
    }
}

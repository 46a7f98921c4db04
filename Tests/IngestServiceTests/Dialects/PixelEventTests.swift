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

    @Test("keeps the first of names that exclude each other")
    func conflicts() {
        let text = String(decoding: PixelEvent.json(of: Query("a=1&a.b=2&c.d=3&c=4&a=5")), as: UTF8.self)
        #expect(text == #"{"a":"1","c":{"d":"3"}}"#)
    }
}

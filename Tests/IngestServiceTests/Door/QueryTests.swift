import Testing

@testable import IngestService

@Suite("A query")
struct QueryTests {
    @Test("is decoded, pluses and broken escapes included")
    func decodes() {
        let query = Query("a=1&b=x+y%20z&c=%E2%82%AC&d=50%&e=%zz&f&g=a=b&&=x")
        #expect(query["a"] == "1")
        #expect(query["b"] == "x y z")
        #expect(query["c"] == "€")
        #expect(query["d"] == "50%")
        #expect(query["e"] == "%zz")
        #expect(query["f"] == nil)
        #expect(query["g"] == "a=b")
    }

    @Test("gives the first value that is not empty")
    func first() {
        #expect(Query("a=&a=2&a=3")["a"] == "2")
    }

    @Test("is not read beyond its limit")
    func bounded() {
        #expect(Query(String(repeating: "a=1&", count: 5000)).pairs.count == 1000)
    }
}

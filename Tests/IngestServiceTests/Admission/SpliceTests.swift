import Events
import Testing

@testable import IngestService

@Suite("A splice")
struct SpliceTests {
    private func splice(_ text: String, _ change: (inout Splice, JSONView) -> Void) throws -> String {
        let object = try JSONDocument(Array(text.utf8)).root
        var splice = Splice()
        change(&splice, object)
        return String(decoding: splice.applied(to: object), as: UTF8.self)
    }

    @Test("without changes gives the bytes as they are")
    func nothing() throws {
        #expect(try splice(#"{ "a" : 1.10 }"#) { _, _ in } == #"{ "a" : 1.10 }"#)
    }

    @Test("changes values in any order and leaves all others alone")
    func values() throws {
        let text = try splice(#"{"a":1, "b":[2,{"c":3}] ,"d":"x"}"#) { splice, object in
            if let d = object["d"] { splice.remove(d) }
            if let a = object["a"] { splice.replace(a, withText: "o\"ne") }
        }
        #expect(text == #"{"a":"o\"ne", "b":[2,{"c":3}] ,"d":null}"#)
    }

    @Test("changes a value once, as was said last")
    func twice() throws {
        let text = try splice(#"{"a":1,"b":2}"#) { splice, object in
            guard let a = object["a"] else { return }
            splice.replace(a, withText: "one")
            splice.remove(a)
        }
        #expect(text == #"{"a":null,"b":2}"#)
    }

    @Test("adds members, also to an empty object")
    func adds() throws {
        #expect(try splice("{}") { splice, _ in splice.add("k", Array("1".utf8)) } == #"{"k":1}"#)
        let text = try splice(#"{"a":1}"#) { splice, _ in
            splice.add("k", Array("1".utf8))
            splice.add("l", Array("[]".utf8))
        }
        #expect(text == #"{"k":1,"l":[],"a":1}"#)
    }

    @Test("never gives a key twice")
    func sets() throws {
        let text = try splice(#"{"a":null,"b":2}"#) { splice, object in
            splice.set("a", of: object, to: Array("1".utf8))
            splice.set("c", of: object, to: Array("3".utf8))
        }
        #expect(text == #"{"c":3,"a":1,"b":2}"#)
    }
}

import Events
import Testing

@Suite("Reading a JSON text")
struct JSONViewTests {
    private func root(_ text: String) throws -> JSONView { try JSONDocument(Array(text.utf8)).root }

    @Test("gives each kind only to those who ask for it")
    func kinds() throws {
        let root = try root(#"{"n":null,"t":true,"f":false,"i":7,"s":"x","a":[1],"o":{"k":1}}"#)
        #expect(root["t"]?.bool == true && root["f"]?.bool == false)
        #expect(root["i"]?.int64 == 7 && root["i"]?.double == 7 && root["i"]?.string == nil && root["i"]?.bool == nil)
        #expect(root["s"]?.string == "x" && root["s"]?.int64 == nil && root["s"]?.number == nil)
        #expect(root["a"]?.count == 1 && root["o"]?.count == 1 && root["s"]?.count == 0)
        #expect(root["a"]?["k"] == nil && root["s"]?["k"] == nil)
        #expect(root.members.map(\.value.kind) == [.null, .bool, .bool, .number, .string, .array, .object])
    }

    @Test("takes null for absent in a lookup, and shows it in a walk")
    func nullIsAbsent() throws {
        let root = try root(#"{"userId":null,"list":[null,1]}"#)
        #expect(root["userId"] == nil)
        #expect(root["missing"] == nil)
        #expect(root.members.map(\.key) == ["userId", "list"])
        #expect(root["list"]?.elements.map(\.isNull) == [true, false])
    }

    @Test("finds keys by what they mean, not how they are written")
    func escapedKeys() throws {
        let root = try root(#"{"a\u0062c":1,"tab\t":2,"😀":3,"\ud83d\ude01":4,"":5}"#)
        #expect(root["abc"]?.int64 == 1)
        #expect(root["tab\t"]?.int64 == 2)
        #expect(root["😀"]?.int64 == 3)
        #expect(root["😁"]?.int64 == 4)
        #expect(root[""]?.int64 == 5)
        #expect(root["a\\u0062c"] == nil)
    }

    @Test("decodes every escape")
    func escapes() throws {
        #expect(
            try root(#""\"\\\/\b\f\n\r\t\u00e9\u20ac\ud83d\ude00-\\u0041""#).string
                == "\"\\/\u{8}\u{C}\n\r\té€😀-\\u0041"
        )
    }

    @Test("hands out the exact bytes of every value")
    func raw() throws {
        let root = try root(#" { "s" : "a\nb" , "n" : 2.10 , "l" : [ 1 , {"x" : null} ] , "t":true,"e":"" } "#)
        func raw(_ view: JSONView?) -> String? { view.map { String(decoding: $0.raw, as: UTF8.self) } }
        #expect(raw(root["s"]) == #""a\nb""#)
        #expect(raw(root["n"]) == "2.10")
        #expect(raw(root["l"]) == #"[ 1 , {"x" : null} ]"#)
        #expect(raw(root["t"]) == "true" && raw(root["e"]) == "\"\"")
        #expect(root.raw.first == UInt8(ascii: "{") && root.raw.last == UInt8(ascii: "}"))
    }

    @Test("hands out the items of a batch as slices that are texts of their own")
    func batch() throws {
        let items = (0..<50).map { #"{"messageId":"m\#($0)","properties":{"n":[\#($0),1.50]}}"# }
        let root = try root("{\"batch\":[" + items.joined(separator: " , ") + "],\"sentAt\":\"x\"}")
        let raws = root["batch"]?.elements.map { Array($0.raw) } ?? []
        #expect(raws == items.map { Array($0.utf8) })
        for raw in raws { #expect(try JSONDocument(raw).root["messageId"] != nil) }
    }

    @Test(
        "keeps integers exact and says when they are none",
        arguments: [
            ("0", 0), ("-0", 0), ("9007199254740993", 9_007_199_254_740_993), ("9223372036854775807", Int64.max),
            ("-9223372036854775808", Int64.min), ("9223372036854775808", nil), ("-9223372036854775809", nil),
            ("1.0", nil),
            ("1e3", nil), ("99999999999999999999", nil),
        ] as [(String, Int64?)]
    )
    func integers(text: String, expected: Int64?) throws {
        let view = try root(text)
        #expect(view.int64 == expected)
        #expect(view.number?.int64 == expected)
        #expect(view.number?.text == text)
    }

    @Test("gives no floating-point number for one beyond them all")
    func doubles() throws {
        #expect(try root("2.5e3").double == 2500)
        #expect(try root("1e999").double == nil)
        #expect(try root("1e999").number?.double == .infinity)
        #expect(try root("1e-999").double == 0)
    }

    @Test("reads times without decoding the string first")
    func timestamps() throws {
        let root = try root(#"{"t":"1970-01-01T00:00:01Z","n":1,"bad":"yesterday"}"#)
        #expect(root["t"]?.timestamp == Timestamp(microseconds: 1_000_000))
        #expect(root["n"]?.timestamp == nil && root["bad"]?.timestamp == nil)
    }

    @Test("walks nothing where there is nothing to walk", arguments: ["1", "\"a\"", "null", "[]", "{}"])
    func emptyWalks(text: String) throws {
        #expect(try root(text).elements.map(\.kind).isEmpty)
        #expect(try root(text).members.map(\.key).isEmpty)
    }

    @Test("does not confuse elements with members")
    func elementsAreNotMembers() throws {
        #expect(try root("[\"a\",1]").members.map(\.key).isEmpty)
        #expect(try root("{\"a\":1}").elements.map(\.kind).isEmpty)
    }
}

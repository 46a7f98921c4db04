import Events
import Testing

@Suite("Cutting leaves out of JSON")
struct JSONViewCuttingTests {
    private static func root(_ text: String) throws -> JSONView { try JSONDocument(Array(text.utf8)).root }

    @Test("leaves are in the order of the text")
    func leaves() throws {
        let root = try Self.root(#"{"a":[1,{"b":"x"},[]],"c":{},"d":null}"#)
        #expect(root.leaves.map { String(decoding: $0.raw, as: UTF8.self) } == ["1", #""x""#, "null"])
    }

    @Test(
        "a leaf goes with its key and one comma, and nothing else changes",
        arguments: [
            ("[1, 2 ,3]", [0], "[2 ,3]"), ("[1, 2 ,3]", [1], "[1 ,3]"), ("[1, 2 ,3 ]", [2], "[1, 2 ]"),
            ("[1, 2 ,3 ]", [0, 1], "[3 ]"), ("[1,2,3]", [1, 2], "[1]"), ("[1, 2 ,3 ]", [0, 2], "[2 ]"),
            ("[ 1,2 ]", [0, 1], "[  ]"), (#"{"a": 1.50, "b\n":"x","c":[] }"#, [1], #"{"a": 1.50,"c":[] }"#),
            (#"{ "a":{"b":1},"c":2}"#, [0], #"{ "a":{},"c":2}"#),
            (#"{"a":1,"b":[[2]],"c":3}"#, [0, 1, 2], #"{"b":[[]]}"#),
            (#"{"a":1}"#, [], #"{"a":1}"#), ("1", [0], "1"),
        ]
    )
    func cutting(text: String, leaves: [Int], result: String) throws {
        #expect(String(decoding: try Self.root(text).cutting(Set(leaves)), as: UTF8.self) == result)
    }

    @Test(
        "a part of an object has the members that there is room for",
        arguments: [
            (#"{"a":"0123456789","b":1, "c":[2]}"#, 33, #"{"a":"0123456789","b":1, "c":[2]}"#),
            (#"{"a":"0123456789","b":1, "c":[2]}"#, 32, #"{"a":"0123456789"}"#),
            (#"{"a":"0123456789012345678901","b":1, "c":[2]}"#, 30, #"{"b":1,"c":[2]}"#),
            (#"["0123456789"]"#, 5, #"["0123456789"]"#),
        ]
    )
    func part(text: String, bytes: Int, part: String) throws {
        #expect(String(decoding: try Self.root(text).part(bytes: bytes), as: UTF8.self) == part)
    }

    @Test("a value inside of another is cut alone")
    func inside() throws {
        let inner = try #require(try Self.root(#" {"x":9,"a":{"b":1,"c":2}} "#)["a"])
        #expect(String(decoding: inner.cutting([0]), as: UTF8.self) == #"{"c":2}"#)
    }
}

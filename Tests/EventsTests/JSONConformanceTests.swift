import Events
import Testing

@Suite("The JSON grammar")
struct JSONConformanceTests {
    @Test(
        "accepts what the grammar has",
        arguments: [
            "null", "true", "false", "0", "-0", "1", "-1", "10", "123456789012345678901234567890", "0.5", "-0.5", "1.0",
            "1e5",
            "1E5", "1e+5", "1E-5", "0e0", "0.0e-0", "1.5e300", "\"\"", "\" \"", "\"a\"", "[]", "{}", "[ ]", "{ }",
            " [ 1 , 2 ] ",
            "\t[\r\n1]\n", "[null]", "[[]]", "[[[[1]]]]", "{\"a\":1}", "{ \"a\" : 1 , \"b\" : 2 }", "{\"\":0}",
            "{\"a\":{\"a\":{}}}",
            #""\"\\\/\b\f\n\r\t""#, #""\u0001\u001f\u007f\u00e9\u20ac\uFFFF""#, #""\uD834\uDD1E""#, #""\ud834\udd1e""#,
            #""\\u0000""#, "\"\u{7F}\"", "\"é€😀한글\"", "\"\u{2028}\u{2029}\"", "\"\u{FEFF}\"", "{\"é\":1,\"è\":2}",
            "[1,\"a\",null,true,{\"b\":[]}]", "[0,0,0]", "{\"a\":[{\"a\":1},{\"a\":2}]}", #"{"a":1,"\u0062":2}"#,
            "{\"a\":1,\"A\":2}",
        ]
    )
    func accepts(text: String) throws {
        let value = try JSONValue(parsing: Array(text.utf8))
        #expect(try JSONValue(parsing: value.bytes) == value)
    }

    @Test(
        "refuses what the grammar has not",
        arguments: [
            "nul", "nulll", "True", "TRUE", "NaN", "Infinity", "-Infinity", "undefined", "truefalse", "null null",
            "1 2", "[1]]", "{}}",
            "[", "]", "{", "}", ",", ":", "\"", "[1", "[1,", "[1,]", "[,1]", "[,]", "[1,,2]", "[1 2]", "[1:2]",
            "{\"a\"}", "{\"a\":}",
            "{\"a\":1,}", "{,\"a\":1}", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "{a:1}", "{'a':1}", "{1:1}", "{\"a\":1]",
            "[1}", "[\"a\":1]",
            "{\"a\",\"b\"}", "{\"a\"::1}", "{null:1}", "-", "+1", "01", "-01", "00", "1.", ".5", "-.5", "1.e5", "1e",
            "1e+", "1e-", "1E",
            "0x10", "1a", "1_000", "1e5.5", "--1", "1+1", "1-1", "0.", "0e", "\"a", "\"\\\"", #""\a""#, #""\'""#,
            #""\x41""#, #""\u""#,
            #""\u12""#, #""\u12G4""#, #""\U0041""#, #""\u+123""#, "'a'", "\"a\nb\"", "\"a\tb\"", "\"\u{1}\"",
            "\"\u{1F}\"", "/* */1",
            "1//x", "#", "[1]x", "{}[]", "\u{FEFF}1", "\u{A0}1", "[\u{B}1]", "[\u{C}1]", "１", "“a”", "[1\u{0}]",
        ]
    )
    func refuses(text: String) {
        #expect(throws: JSONError.self) { try JSONDocument(Array(text.utf8)) }
    }

    @Test("says what is wrong and where", arguments: refusals)
    func explains(refusal: Refusal) {
        #expect(throws: refusal.error) { try JSONDocument(Array(refusal.text.utf8)) }
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let text: String
        let error: JSONError
        var testDescription: String { text }
    }

    static let refusals = [
        Refusal(text: "", error: .empty),
        Refusal(text: " \n\t\r ", error: .empty),
        Refusal(text: "\u{FEFF}{}", error: .byteOrderMark),
        Refusal(text: "{} x", error: .trailingBytes(at: 3)),
        Refusal(text: "[1", error: .unexpectedEnd(at: 2)),
        Refusal(text: "\"a", error: .unexpectedEnd(at: 2)),
        Refusal(text: "[1,]", error: .unexpected(byte: UInt8(ascii: "]"), expected: "a value", at: 3)),
        Refusal(text: "{\"a\":1,}", error: .unexpected(byte: UInt8(ascii: "}"), expected: "a key", at: 7)),
        Refusal(text: "{\"a\" 1}", error: .unexpected(byte: UInt8(ascii: "1"), expected: "a colon", at: 5)),
        Refusal(text: "[01]", error: .invalidNumber(at: 1)),
        Refusal(text: "[1.]", error: .invalidNumber(at: 1)),
        Refusal(text: "\"a\u{0}\"", error: .nulCharacter(at: 2)),
        Refusal(text: #"{"a":"x\u0000y"}"#, error: .nulCharacter(at: 7)),
        Refusal(text: #"{"a\u0000":1}"#, error: .nulCharacter(at: 3)),
        Refusal(text: "\"a\u{1}\"", error: .controlCharacter(at: 2)),
        Refusal(text: #""\q""#, error: .invalidEscape(at: 1)),
        Refusal(text: #""\u00g0""#, error: .invalidEscape(at: 1)),
        Refusal(text: #""\ud800""#, error: .loneSurrogate(at: 1)),
        Refusal(text: #""\udc00""#, error: .loneSurrogate(at: 1)),
        Refusal(text: #""\ud800\u0041""#, error: .loneSurrogate(at: 1)),
        Refusal(text: #""\ud800\ud800\udc00""#, error: .loneSurrogate(at: 1)),
        Refusal(text: "{\"a\":1,\"a\":2}", error: .duplicateKey("a", at: 8)),
        Refusal(text: #"{"a":1,"\u0061":2}"#, error: .duplicateKey("a", at: 8)),
        Refusal(text: "{\"é\":1,\"e\u{301}\":2}", error: .duplicateKey("é", at: 9)),
        Refusal(text: "[{\"\":1,\"\":2}]", error: .duplicateKey("", at: 8)),
    ]

    @Test("takes every well-formed scalar and refuses every malformed sequence", arguments: malformed)
    func refusesMalformedUTF8(bytes: [UInt8]) {
        let text = [UInt8(ascii: "\"")] + bytes + [UInt8(ascii: "\"")]
        #expect(throws: JSONError.notUTF8(at: 1)) { try JSONDocument(text) }
    }

    static let malformed: [[UInt8]] = [
        [0x80], [0xBF], [0xC0, 0xAF], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xE0, 0x80, 0xAF], [0xE0, 0x9F, 0xBF],
        [0xE2, 0x82], [0xE2, 0x82, 0x41], [0xE2, 0x41, 0xAC], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF],
        [0xF0, 0x80, 0x80, 0x80],
        [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x9F, 0x98], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFE],
        [0xFF],
    ]

    @Test("agrees with the standard library on every scalar")
    func acceptsEveryScalar() throws {
        let scalars = (1...0x10FFFF).lazy.filter { $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C }.compactMap {
            Unicode.Scalar($0)
        }
        let text = "\"" + String(String.UnicodeScalarView(scalars)) + "\""
        let root = try JSONDocument(Array(text.utf8)).root
        #expect(root.string.map { Array($0.utf8) } == Array(text.utf8.dropFirst().dropLast()))
    }

    @Test(
        "refuses UTF-16 by name",
        arguments: [[0xFF, 0xFE, 0x7B, 0], [0xFE, 0xFF, 0, 0x7B], [0x7B, 0, 0x7D, 0], [0, 0x7B, 0, 0x7D]]
    )
    func refusesUTF16(bytes: [UInt8]) {
        let error = #expect(throws: JSONError.self) { try JSONDocument(bytes) }
        #expect(error?.description.hasPrefix("The text is not UTF-8") == true)
    }
}

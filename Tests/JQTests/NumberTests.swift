import Events
import Testing

@testable import JQ

@Suite("Numbers in a jq program")
struct NumberTests {
    private func outputs(_ source: String, of input: String) throws -> [String] {
        try Program(source).run(JSONValue(parsing: Array(input.utf8))).map(\.text)
    }

    @Test("keep their texts", arguments: texts)
    func keepTexts(text: String) throws {
        #expect(try outputs(".", of: text) == [text])
    }

    @Test("keep their texts inside of arrays and objects", arguments: texts)
    func keepTextsInside(text: String) throws {
        let input = #"{"a":[\#(text),{"b":\#(text)}],"c":\#(text)}"#
        #expect(try outputs(".", of: input) == [input])
        #expect(try outputs("{d: .c, e: .a[1].b}", of: input) == [#"{"d":\#(text),"e":\#(text)}"#])
        #expect(try outputs(".a[0]", of: input) == [text])
    }

    @Test("become part of a text as they are written", arguments: texts)
    func becomeText(text: String) throws {
        #expect(try outputs(#""id-\(.id)""#, of: #"{"id":\#(text)}"#) == [#""id-\#(text)""#])
        #expect(try outputs(#""\(.id)-\(.id)""#, of: #"{"id":\#(text)}"#) == [#""\#(text)-\#(text)""#])
    }

    @Test("are texts by tostring", arguments: texts)
    func tostring(text: String) throws {
        #expect(try outputs(".id | tostring", of: #"{"id":\#(text)}"#) == [#""\#(text)""#])
        #expect(try outputs(#".id | tostring | . + "!""#, of: #"{"id":\#(text)}"#) == [#""\#(text)!""#])
    }

    @Test("stand in addresses as they are written", arguments: addressed)
    func uri(text: String) throws {
        #expect(try outputs(#"@uri "x/\(.id)""#, of: #"{"id":\#(text)}"#) == [#""x/\#(text)""#])
    }

    @Test("can be names of members, as texts", arguments: addressed)
    func names(text: String) throws {
        #expect(try outputs("{(.id | tostring): 1}", of: #"{"id":\#(text)}"#) == [#"{"\#(text)":1}"#])
        #expect(try outputs(#"{"\(.id)": 1}"#, of: #"{"id":\#(text)}"#) == [#"{"\#(text)":1}"#])
    }

    @Test("can be compared and computed with by tonumber, whatever they look like", arguments: compared)
    func tonumber(price: String, isMore: String) throws {
        #expect(try outputs("(.price | tonumber) > 5", of: #"{"price":\#(price)}"#) == [isMore])
    }

    @Test("are told from texts", arguments: texts)
    func kinds(text: String) throws {
        #expect(try outputs(".[] | type", of: #"[\#(text),"\#(text)"]"#) == [#""number""#, #""string""#])
        #expect(try outputs(".[] | numbers", of: #"["\#(text)",\#(text),null]"#) == [text])
        #expect(try outputs(".[] | strings", of: #"["\#(text)",\#(text),null]"#) == [#""\#(text)""#])
    }

    @Test("are equal when they are written alike")
    func equality() throws {
        let input = #"{"a":820982911946154508,"b":820982911946154508,"c":820982911946154509}"#
        #expect(try outputs(".a == .b, .a == .c", of: input) == ["true", "false"])
    }

    @Test("are computed with, and results are written as people do", arguments: computations)
    func compute(source: String, input: String, expected: String) throws {
        #expect(try outputs(source, of: input) == [expected])
    }
}

private let texts = [
    "2.10", "1.0", "820982911946154508", "-9223372036854775808", "0.1", "1e400", "12345678901234567890.123456789",
    "1E+2", "-0", "0", "3.14", "42", "-7", "9007199254740991", "9007199254740993",
]

private let addressed = ["2.10", "1.0", "820982911946154508", "-9223372036854775808", "-0", "0", "42"]

private let compared = [
    ("10.00", "true"), ("10", "true"), ("5.01", "true"), ("5.00", "false"), ("5", "false"), ("4.99", "false"),
    ("820982911946154508", "true"), (#""10.00""#, "true"),
]

private let computations = [
    (". + 1", "41", "42"),
    (". - 1", "0", "-1"),
    (". * 3", "7", "21"),
    (". + 1", "9007199254740990", "9007199254740991"),
    (". / 100", "1999", "19.99"),
    (". / 4", "10", "2.5"),
    (". / 5", "10", "2"),
    ("(. | tonumber) * 2", "2.50", "5"),
    ("(. | tonumber) / 100 | floor", "250.00", "2"),
    ("[.[] | tonumber] | add", "[1.50,2.50,3]", "7"),
    ("length", "[1,2]", "2"),
]

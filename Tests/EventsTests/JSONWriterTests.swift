import Events
import Testing

@Suite("Writing JSON")
struct JSONWriterTests {
    private func written(_ write: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        write(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test("puts commas where they belong")
    func commas() {
        let text = written { writer in
            writer.beginObject()
            writer.field("text", "a")
            writer.field("count", 2)
            writer.field("big", Int64.max)
            writer.field("half", 0.5)
            writer.field("yes", true)
            writer.field("time", Timestamp(microseconds: 0))
            writer.field("value", ["b", .null] as JSONValue)
            writer.key("list")
            writer.beginArray()
            writer.beginObject()
            writer.endObject()
            writer.beginArray()
            writer.endArray()
            writer.null()
            writer.raw(Array("{ }".utf8))
            writer.integer(7)
            writer.endArray()
            writer.field("end", "")
            writer.endObject()
        }
        #expect(
            text
                == #"{"text":"a","count":2,"big":9223372036854775807,"half":0.5,"yes":true,"time":"1970-01-01T00:00:00.000Z","#
                + #""value":["b",null],"list":[{},[],null,{ },7],"end":""}"#
        )
    }

    @Test("closes what it opens")
    func wholes() {
        let bytes = JSONWriter.object { writer in
            writer.object("inner") { $0.field("a", 1) }
            writer.array("lengths", of: ["a", "bc"]) { $1.integer($0.utf8.count) }
            writer.array("texts", of: ["x", "y"])
            writer.objects("objects", of: ["b", "c"]) { $1.field($0, true) }
            writer.array("none", of: [] as [String])
        }
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == #"{"inner":{"a":1},"lengths":[1,2],"texts":["x","y"],"objects":[{"b":true},{"c":true}],"none":[]}"#
        )
    }

    @Test("escapes what must be escaped and nothing else")
    func escapes() {
        #expect(
            written { $0.string("\"\\/\u{8}\u{C}\n\r\t\u{1}\u{1F}\u{7F}é😀\u{2028}") }
                == #""\"\\/\b\f\n\r\t\u0001\u001f\#u{7F}é😀\#u{2028}""#
        )
        #expect(written { $0.string("") } == "\"\"")
    }

    @Test("writes nothing that cannot be read")
    func alwaysReadable() throws {
        let text = written { writer in
            writer.beginObject()
            writer.field("a\u{0}", "b\u{0}c")
            writer.field("x", Double.nan)
            writer.field("y", -Double.infinity)
            writer.endObject()
        }
        let root = try JSONDocument(Array(text.utf8)).root
        #expect(root["a\u{FFFD}"]?.string == "b\u{FFFD}c")
        #expect(root["x"] == nil && root["y"] == nil)
    }

    @Test(
        "writes floating-point numbers so that they read back the same",
        arguments: [0, -0.0, 0.1, 1e21, 1e-7, .leastNonzeroMagnitude, .pi, .greatestFiniteMagnitude]
    )
    func doubles(value: Double) throws {
        #expect(try JSONDocument(Array(written { $0.double(value) }.utf8)).root.double == value)
    }

    @Test("takes bytes from any collection")
    func rawCollections() {
        let text = written { writer in
            writer.beginArray()
            writer.raw(Array("12".utf8)[...])
            writer.raw("34".utf8)
            writer.raw([53, 54].lazy.map { UInt8($0) })
            writer.endArray()
        }
        #expect(text == "[12,34,56]")
    }

    @Test("writes one value a line when asked")
    func lines() {
        let text = written { writer in
            for number in 1...2 {
                writer.integer(number)
                writer.newLine()
            }
        }
        #expect(text == "1\n2\n")
    }
}

@Suite("A decoded JSON value")
struct JSONValueTests {
    @Test("has one text, keys in the order of their bytes")
    func canonical() throws {
        let value = try JSONValue(
            parsing: Array(#" {"b":1, "a":[ 2.10 ,"\u0041"], "é":null, "":0, "Z":{}, "😀":1, "｡":2} "#.utf8)
        )
        #expect(value.text == #"{"":0,"Z":{},"a":[2.10,"A"],"b":1,"é":null,"｡":2,"😀":1}"#)
    }

    @Test("can be written as a literal")
    func literals() {
        let value: JSONValue = ["s": "x", "i": 1, "d": 1.5, "b": true, "n": .null, "a": [1, "two"], "o": [:]]
        #expect(value.text == #"{"a":[1,"two"],"b":true,"d":1.5,"i":1,"n":null,"o":{},"s":"x"}"#)
        #expect(value["s"] == "x" && value["n"] == nil && value["missing"] == nil && value["s"]?["deeper"] == nil)
    }

    @Test("keeps numbers as they were written", arguments: ["2.10", "1e5", "-0", "123456789012345678901234567890"])
    func numberText(text: String) throws {
        #expect(try JSONValue(parsing: Array(text.utf8)).text == text)
    }

    @Test(
        "takes only JSON's notation for a number",
        arguments: ["", " 1", "1 ", "+1", "1.", "0x1", "nan", "inf", "1,2", "[1]"]
    )
    func numberNotation(text: String) {
        #expect(JSONNumber(text) == nil)
    }

    @Test("makes numbers from numbers")
    func numbers() {
        #expect(JSONNumber(7).text == "7" && JSONNumber(Int64.min).int64 == .min)
        #expect(JSONNumber(0.5)?.text == "0.5" && JSONNumber(Double.nan) == nil && JSONNumber("2.50")?.double == 2.5)
    }
}

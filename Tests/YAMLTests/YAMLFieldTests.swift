import Events
import Testing

@testable import YAML

@Suite("A field of a YAML file")
struct YAMLFieldTests {
    private enum Colour: String, CaseIterable {
        case red
        case green
    }

    private func root(_ text: String) throws -> YAMLField {
        try #require(try YAMLField(file: text))
    }

    private func field(_ text: String) throws -> YAMLField {
        try #require(try root(text).members?.first)
    }

    @Test("is nothing in an empty file", arguments: ["", "\n", "# nothing\n"])
    func empty(text: String) throws {
        #expect(try YAMLField(file: text) == nil)
    }

    @Test("knows its name, and the lines of both")
    func places() throws {
        let fields = try #require(try root("a: 1\nb:\n  c: [x,\n    y]\n").members)
        #expect(fields.map(\.name) == ["a", "b"])
        #expect(fields.map(\.nameLine) == [1, 2])
        #expect(fields.map(\.line) == [1, 3])
        let list = try #require(fields[1].members?.first)
        #expect(list.elements?.map(\.line) == [3, 4])
        #expect(list.elements?.map(\.name) == ["c", "c"])
    }

    @Test(
        "is text as it is written",
        arguments: [("no", "no"), ("1.0", "1.0"), ("'a b'", "a b"), ("\"\\u00e9\"", "é"), ("null", "null")]
    )
    func texts(written: String, text: String) throws {
        #expect(try field("a: \(written)").text() == text)
    }

    @Test(
        "is the JSON value that YAML 1.2 means",
        arguments: [
            ("1.50", JSONNumber("1.50").map(JSONValue.number) ?? .null), ("\"1\"", "1"), ("'true'", "true"),
            ("True", true), ("FALSE", false), ("no", "no"), ("on", "on"), ("0x10", "0x10"), ("1_000", "1_000"),
            ("", .null), ("~", .null), ("Null", .null), ("''", ""), ("[1, a]", [1, "a"]),
            ("{b: {c: ~}}", ["b": ["c": .null]]),
        ] as [(String, JSONValue)]
    )
    func json(written: String, value: JSONValue) throws {
        #expect(try field("a: \(written)").json == value)
        #expect(try field("a: \(written)").isNull == (value == .null))
    }

    @Test("follows aliases, and shows the line of what they stand for")
    func aliases() throws {
        let fields = try #require(try root("a: &x\n  b: 1\nc: *x\n").members)
        #expect(fields[1].json == ["b": 1])
        #expect(fields[1].nameLine == 3)
        #expect(fields[1].line == 1)
    }

    @Test("reads what it is asked for")
    func reads() throws {
        #expect(try field("a: true").flag())
        #expect(try field("a: 7").integer(in: 1...7) == 7)
        #expect(try field("a: green").choice(of: Colour.self) == .green)
        #expect(try field("a: [x, 1, 'no']").texts() == ["x", "1", "no"])
        #expect(try field("a: []").texts() == [])
        #expect(try field("a: {b: 1, c: 2}").fields(known: ["b", "c", "d"]).mapValues(\.json) == ["b": 1, "c": 2])
    }

    @Test(
        "says what it should have been",
        arguments: [
            ("flag", "a: yes", "line 1: “a” must be true or false."),
            ("flag", "a: 'true'", "line 1: “a” must be true or false."),
            ("integer", "a: 0", "line 1: “a” must be a whole number from 1 to 9."),
            ("integer", "a: 10", "line 1: “a” must be a whole number from 1 to 9."),
            ("integer", "a: '5'", "line 1: “a” must be a whole number from 1 to 9."),
            ("integer", "a: 5.0", "line 1: “a” must be a whole number from 1 to 9."),
            ("integer", "a: 99999999999999999999", "line 1: “a” must be a whole number from 1 to 9."),
            ("text", "a:\n- b", "line 2: “a” must be a text."), ("text", "a: ''", "line 1: “a” must be a text."),
            ("choice", "a: blue", "line 1: “a” cannot be “blue”; known are “red”, “green”."),
            ("choice", "a: gren", "line 1: “a” cannot be “gren”; known are “red”, “green”. Did you mean “green”?"),
            ("texts", "a: b", "line 1: “a” must be a list of texts."),
            ("texts", "a: [b,\n {}]", "line 2: “a” must be a list of texts."),
            ("texts", "a: [b,\n ''\n]", "line 2: “a” must be a list of texts."),
            ("fields", "a: 1", "line 1: “a” must be a mapping with “size”, “shape”."),
            (
                "fields", "a:\n  size: 1\n  shaep:\n    b: 1",
                "line 3: “a” has the unknown field “shaep”; known are “size”, “shape”. Did you mean “shape”?"
            ),
            ("fields", "a: {? [b] : 1}", "line 1: “a” has the unknown field “”; known are “size”, “shape”."),
        ]
    )
    func refuses(kind: String, text: String, description: String) throws {
        let field = try field(text)
        let error = #expect(throws: YAMLError.self) {
            switch kind {
            case "flag": _ = try field.flag()
            case "integer": _ = try field.integer(in: 1...9)
            case "text": _ = try field.text()
            case "choice": _ = try field.choice(of: Colour.self)
            case "texts": _ = try field.texts()
            default: _ = try field.fields(known: ["size", "shape"])
            }
        }
        #expect(error?.description == description)
    }

    @Test("refuses a name that is there twice, once in quotes")
    func twice() throws {
        let error = #expect(throws: YAMLError.self) { try root("on: 1\n'on': 2").fields(known: ["on"]) }
        #expect(error?.description == "line 2: “on” is there twice.")
    }

    @Test("calls the file by no name")
    func file() throws {
        let error = #expect(throws: YAMLError.self) { try root("size: 1").fields(known: ["shape"]) }
        #expect(error?.description == "line 1: The file has the unknown field “size”; known are “shape”.")
    }

    @Test(
        "says where a file is not YAML",
        arguments: [
            ("a: [\n", "line 2: This is not YAML: while parsing a flow node, did not find expected node content."),
            (
                "a: 1\n\tb: 2\n",
                "line 2: This is not YAML: while scanning a plain scalar, found a tab character that violates indentation."
            ),
            ("a: 1\nb: \u{1}\n", "line 2: This is not YAML: control characters are not allowed."),
            ("a: *b\n", "line 1: This is not YAML: found undefined alias."),
            (
                "a: 1\n---\nb: 1\n",
                "line 2: This is not YAML: expected a single document in the stream, but found another document."
            ),
            ("b: 1\na: 1\na: 2\n", "line 2: A field comes twice: a."),
        ]
    )
    func malformed(text: String, description: String) {
        let error = #expect(throws: YAMLError.self) { try YAMLField(file: text) }
        #expect(error?.description == description)
    }

    @Test(
        "guesses what was meant from a slip or two, and not from more",
        arguments: [
            ("prioritty", "priority"), ("Limit", "limit"), ("limits", "limit"), ("unqiue", "unique"),
            ("jnuk", "junk"), ("treshold", nil), ("x", nil), ("", nil), (String(repeating: "limit", count: 20), nil),
        ] as [(String, String?)]
    )
    func guesses(written: String, meant: String?) {
        #expect(Spelling.nearest(to: written, in: ["priority", "limit", "unique", "junk"]) == meant)
    }
}

import Events
import Testing

@Suite("A batch with bad items")
struct JSONToleranceTests {
    struct Bad: Sendable, CustomTestStringConvertible {
        let text: [UInt8]
        let isExpected: @Sendable (JSONError) -> Bool
        var testDescription: String { String(decoding: text.prefix(40), as: UTF8.self) }

        init(_ text: String, _ isExpected: @escaping @Sendable (JSONError) -> Bool) {
            self.text = Array(text.utf8)
            self.isExpected = isExpected
        }

        init(bytes: [UInt8], _ isExpected: @escaping @Sendable (JSONError) -> Bool) {
            text = bytes
            self.isExpected = isExpected
        }
    }

    static let bad = [
        Bad(#"{"id":"b","x":"\u0000"}"#) { if case .nulCharacter = $0 { true } else { false } },
        Bad("{\"id\":\"b\",\"x\":\"\u{0}\"}") { if case .nulCharacter = $0 { true } else { false } },
        Bad(#"{"id":"b","\u0000":1}"#) { if case .nulCharacter = $0 { true } else { false } },
        Bad("{\"id\":\"b\",\"x\":\"a\nb\"}") { if case .controlCharacter = $0 { true } else { false } },
        Bad(#"{"id":"b","x":"\ud800"}"#) { if case .loneSurrogate = $0 { true } else { false } },
        Bad(#"{"id":"b","x":"\q"}"#) { if case .invalidEscape = $0 { true } else { false } },
        Bad(#"{"id":"b","x":NaN}"#) { if case .unexpected = $0 { true } else { false } },
        Bad(#"{"id":"b","x":-Infinity}"#) { if case .invalidNumber = $0 { true } else { false } },
        Bad(#"{"id":"b","x":007}"#) { if case .invalidNumber = $0 { true } else { false } },
        Bad(#"{"id":"b","x":1,"x":2}"#) { if case .duplicateKey("x", _) = $0 { true } else { false } },
        Bad(
            #"{"id":"b","x":"# + String(repeating: "[", count: 10_000) + "\"]\"" + String(repeating: "]", count: 10_000)
                + "}"
        ) {
            if case .tooDeep = $0 { true } else { false }
        },
        Bad(bytes: Array("{\"id\":\"b\",\"x\":\"".utf8) + [0xFF, 0xC0] + Array("\"}".utf8)) {
            if case .notUTF8 = $0 { true } else { false }
        },
    ]

    private func batch(_ items: [[UInt8]]) -> [UInt8] {
        Array("{\"batch\":[".utf8) + items.joined(separator: [UInt8(ascii: ",")]) + Array("]}".utf8)
    }

    @Test("keeps the good ones and says what is wrong with the bad", arguments: bad)
    func keepsGoodItems(bad: Bad) throws {
        let good = Array(#"{"id":"g","x":"fine"}"#.utf8)
        let bytes = batch([good, bad.text, good])
        #expect(throws: JSONError.self) { try JSONDocument(bytes) }
        let root = try JSONDocument(tolerating: bytes).root
        let items = root["batch"]?.elements.map { $0 } ?? []
        #expect(items.map { $0["id"]?.string } == ["g", "b", "g"])
        #expect(items.map { $0.fault == nil } == [true, false, true])
        #expect(items.map { Array($0.raw) } == [good, bad.text, good])
        let fault = try #require(items[1].fault)
        #expect(bad.isExpected(fault))
        #expect(root.fault == fault)
    }

    @Test("reads a faulty value as absent", arguments: bad)
    func faultyValueIsAbsent(bad: Bad) throws {
        let item = try JSONDocument(tolerating: bad.text).root
        let rest = item["x"]
        #expect(rest == nil || rest?.int64 == 1 || rest?.kind == .array)
        #expect(try JSONValue(parsing: item.value.bytes)["id"] == "b")
    }

    @Test("finds no fault in a text that has none")
    func noFault() throws {
        #expect(try JSONDocument(tolerating: Array("[1,{\"a\":\"b\"}]".utf8)).root.fault == nil)
    }

    @Test(
        "refuses broken structure all the same",
        arguments: ["[1,", "[1 2]", "{\"a\"}", "[\"a]", "[1]]", "[&]", "{\"a\":[[}"]
    )
    func refusesBrokenStructure(text: String) {
        #expect(throws: JSONError.self) { try JSONDocument(tolerating: Array(text.utf8)) }
    }

    @Test("tells the first fault of each item when all are bad")
    func manyFaults() throws {
        let items = (0..<3000).map { Array(#"{"id":"\#($0)","a":1,"b":"\u0000","a":NaN}"#.utf8) }
        let root = try JSONDocument(tolerating: batch(items)).root
        let faults = root["batch"]?.elements.map(\.fault) ?? []
        #expect(faults.count == 3000)
        for fault in faults {
            guard case .nulCharacter = fault else {
                Issue.record("An item has the fault \(String(describing: fault)).")
                return
            }
        }
    }

    @Test("gives up on a text that is nothing but faults")
    func tooManyFaults() {
        let bytes = Array(("[" + Array(repeating: "NaN", count: 20_000).joined(separator: ",") + "]").utf8)
        #expect(throws: JSONError.self) { try JSONDocument(tolerating: bytes) }
    }
}

import Events
import Testing

@Suite("The limits of a JSON text")
struct JSONLimitsTests {
    private func nested(_ depth: Int) -> [UInt8] {
        Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
    }

    @Test("takes what is as deep as allowed and refuses what is deeper")
    func depth() throws {
        #expect(try JSONDocument(nested(32)).root.nodeCount == 32)
        #expect(throws: JSONError.tooDeep(limit: 32, at: 32)) { try JSONDocument(nested(33)) }
        #expect(throws: JSONError.tooDeep(limit: 0, at: 0)) {
            try JSONDocument(nested(1), limits: JSONLimits(depth: 0))
        }
    }

    @Test("survives a million open brackets", arguments: ["[", "{\"a\":", "[{\"a\":"])
    func bracketBomb(opening: String) {
        let bytes = Array(String(repeating: opening, count: 1_000_000).utf8)
        #expect(throws: JSONError.self) { try JSONDocument(bytes) }
        #expect(throws: JSONError.self) { try JSONDocument(tolerating: bytes) }
    }

    @Test("counts values and keys together")
    func nodes() throws {
        let bytes = Array(#"{"a":[1,2],"b":3}"#.utf8)
        #expect(try JSONDocument(bytes, limits: JSONLimits(nodes: 7)).root.nodeCount == 7)
        #expect(throws: JSONError.tooManyNodes(limit: 6, at: 15)) {
            try JSONDocument(bytes, limits: JSONLimits(nodes: 6))
        }
        #expect(throws: JSONError.tooManyNodes(limit: 0, at: 0)) {
            try JSONDocument(bytes, limits: JSONLimits(nodes: 0))
        }
    }

    @Test("refuses a number longer than any real one")
    func longNumber() throws {
        _ = try JSONDocument(Array(String(repeating: "1", count: 1000).utf8))
        #expect(throws: JSONError.numberTooLong(limit: 1000, at: 0)) {
            try JSONDocument(Array(String(repeating: "1", count: 1001).utf8))
        }
    }

    @Test("finds a duplicate among many keys, wherever it is", arguments: [2, 31, 32, 33, 34, 1000, 40_000])
    func duplicateAmongMany(count: Int) throws {
        let members = (0..<count).map { "\"key\($0)\":\($0)" }
        let unique = "{" + members.joined(separator: ",") + "}"
        #expect(try JSONDocument(Array(unique.utf8)).root.count == count)
        for twin in [0, count / 2, count - 1] {
            let text = "{" + (members + ["\"key\(twin)\":0"]).joined(separator: ",") + "}"
            #expect(throws: JSONError.duplicateKey("key\(twin)", at: text.utf8.count - "key\(twin)\":0}".utf8.count)) {
                try JSONDocument(Array(text.utf8))
            }
        }
    }

    @Test("tells apart keys that begin, end and are as long alike")
    func similarKeys() throws {
        let keys = (0..<30).map { "aaaaaaaa\(10 + $0)zzzzzzzz" } + ["", "a", "aa"]
        let text = "{" + keys.map { "\"\($0)\":1" }.joined(separator: ",") + "}"
        let root = try JSONDocument(Array(text.utf8)).root
        #expect(root.count == 33)
        #expect(root.members.map(\.key) == keys)
    }

    @Test(
        "compares long, escaped and non-ASCII keys too",
        arguments: [String(repeating: "k", count: 65), "é", "\u{1F600}", "한글"]
    )
    func unusualDuplicates(key: String) {
        #expect(throws: JSONError.self) { try JSONDocument(Array("{\"\(key)\":1,\"x\":2,\"\(key)\":3}".utf8)) }
    }

    @Test("reads twenty mebibytes")
    func largeText() throws {
        let item = "{\"messageId\":\"\(String(repeating: "m", count: 990))\"}"
        let text = "[" + Array(repeating: item, count: 21_000).joined(separator: ",") + "]"
        #expect(text.utf8.count > 20 << 20)
        #expect(try JSONDocument(Array(text.utf8)).root.count == 21_000)
    }
}

import Events
import Testing

@Suite("Random JSON texts")
struct JSONFuzzTests {
    static let seeds = [
        #"{"type":"track","event":"Order Completed","userId":"u1","properties":{"total":27.50,"products":[{"sku":"45-32","price":19}]}}"#,
        #"{"batch":[{"type":"identify","traits":{"name":"Ada \u00e9\ud83d\ude00","plan":null}},{"a":[[],{},[{}]]}],"sentAt":"2026-01-01T00:00:00Z"}"#,
        #"[0,-0,1e5,-1.5E-3,123456789012345678901234567890,true,false,null,"\"\\\/\b\f\n\r\t","한글과 日本語",{"é":"ü"}]"#,
    ]
    static let alphabet: [UInt8] =
        Array("{}[]:,\"\\u0dD8nulltruefalse-+.eE1 \n/".utf8) + [
            0, 1, 0x1F, 0x7F, 0x80, 0xC3, 0xA9, 0xED, 0xA0, 0xF0, 0xFF,
        ]

    @Test("never break the scan, and what is accepted reads back as the same value", arguments: 0..<4)
    func mutations(seed: Int) throws {
        var random = SplitMix(state: UInt64(seed))
        for _ in 0..<3000 {
            var bytes = Array(Self.seeds[Int.random(in: 0..<Self.seeds.count, using: &random)].utf8)
            for _ in 0...Int.random(in: 0..<4, using: &random) { mutate(&bytes, &random) }
            try check(bytes)
        }
    }

    @Test("of every prefix of a valid text only the whole one is accepted")
    func prefixes() throws {
        for seed in Self.seeds {
            let bytes = Array(seed.utf8)
            for length in 0..<bytes.count {
                #expect(throws: JSONError.self) { try JSONDocument(Array(bytes[..<length])) }
                try check(Array(bytes[..<length]))
            }
            _ = try JSONDocument(bytes)
        }
    }

    @Test("made from values read back as those values", arguments: 0..<4)
    func values(seed: Int) throws {
        var random = SplitMix(state: UInt64(seed))
        for _ in 0..<300 {
            let value = randomValue(depth: 5, &random)
            #expect(try JSONValue(parsing: value.bytes) == value)
        }
    }

    private func mutate(_ bytes: inout [UInt8], _ random: inout SplitMix) {
        guard !bytes.isEmpty else { return }
        let at = Int.random(in: 0..<bytes.count, using: &random)
        let byte = Self.alphabet.randomElement(using: &random) ?? 0
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes[at] = byte
        case 1: bytes.insert(byte, at: at)
        case 2: bytes.remove(at: at)
        case 3: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 1...12, using: &random)))
        default:
            bytes.insert(
                contentsOf: bytes[at..<min(bytes.count, at + 12)],
                at: Int.random(in: 0...bytes.count, using: &random)
            )
        }
    }

    /// A strict and a tolerant scan agree; every view of either can be read in every way.
    private func check(_ bytes: [UInt8]) throws {
        let strict = try? JSONDocument(bytes)
        let tolerant = try? JSONDocument(tolerating: bytes)
        #expect((strict != nil) == (tolerant != nil && tolerant?.root.fault == nil))
        if let tolerant { walk(tolerant.root) }
        guard let strict else { return }
        let value = strict.root.value
        #expect(try JSONValue(parsing: value.bytes) == value)
        #expect(try JSONValue(parsing: Array(strict.root.raw)) == value)
    }

    private func walk(_ view: JSONView) {
        _ = (
            view.string, view.bool, view.number, view.int64, view.double, view.timestamp, view.fault, view.raw.count,
            view["a"]
        )
        for element in view.elements { walk(element) }
        for (_, value) in view.members { walk(value) }
    }

    private func randomValue(depth: Int, _ random: inout SplitMix) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &random) {
        case 0: return .null
        case 1: return .bool(.random(using: &random))
        case 2: return .number(JSONNumber(Int64.random(in: .min ... .max, using: &random)))
        case 3:
            return JSONNumber(Double(bitPattern: .random(in: 0 ... .max, using: &random))).map(JSONValue.number)
                ?? .null
        case 4, 5: return .string(randomString(&random))
        case 6:
            return .array(
                (0..<Int.random(in: 0..<5, using: &random)).map { _ in randomValue(depth: depth - 1, &random) }
            )
        default:
            var members: [String: JSONValue] = [:]
            for _ in 0..<Int.random(in: 0..<40, using: &random) {
                members[randomString(&random)] = randomValue(depth: depth - 2, &random)
            }
            return .object(members)
        }
    }

    private func randomString(_ random: inout SplitMix) -> String {
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0..<12, using: &random) {
            let limit: UInt32 = Bool.random(using: &random) ? 0x80 : 0x10FFFF
            text.append(Unicode.Scalar(.random(in: 1..<limit, using: &random)) ?? "x")
        }
        return String(text)
    }
}

/// A small generator, so that a failure can be run again.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

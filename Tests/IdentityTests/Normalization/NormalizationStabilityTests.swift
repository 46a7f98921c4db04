import Events
import Identity
import Testing

@Suite("Normalizing what is normal")
struct NormalizationStabilityTests {
    static let namespaces = ["user", "email", "phone"]

    /// Rules with everything on that could undo itself.
    static let rules: [Rules] = ["US", "KR", "GB", "AR", "BR", "MX", "IT", "ZZ"].map { country in
        var rules = Rules()
        rules.country = country
        rules.foldsMailboxes = country != "US"
        return rules
    }

    static func expectStable(_ text: String, _ rules: Rules) {
        for namespace in namespaces {
            guard let once = rules.normalized(namespace, text) else { continue }
            let twice = rules.normalized(namespace, once.value)
            #expect(twice == once, "\(namespace) \(rules.country) \(text.unicodeScalars.map(\.value))")
        }
        let folded = NameText.folded(text)
        #expect(NameText.folded(folded).utf8.elementsEqual(folded.utf8), "\(text.unicodeScalars.map(\.value))")
    }

    @Test("changes nothing, whatever characters it has")
    func everyScalar() {
        // All of them would take a minute; these blocks have most of those that are anything but themselves.
        let values: [ClosedRange<UInt32>] = [0x80...0x24FF, 0x3000...0x33FF, 0xF900...0xFFFF]
        for value in values.joined() + Array(stride(from: UInt32(0x2500), to: 0x2FFFF, by: 37)) {
            guard let scalar = Unicode.Scalar(value) else { continue }
            Self.expectStable("x\(scalar)\u{345}\u{301}@y\(scalar).example", Self.rules[0])
            Self.expectStable("\(scalar)", Self.rules[1])
        }
    }

    @Test("changes nothing on what comes in at random")
    func random() {
        var random = SplitMix(3)
        for round in 0..<10_000 {
            let text = Self.text(&random)
            Self.expectStable(text, Self.rules[round % Self.rules.count])
        }
    }

    @Test("changes nothing on numbers of any country")
    func numbers() {
        var random = SplitMix(5)
        for round in 0..<3000 {
            let length = Int.random(in: 5...14, using: &random)
            let digits = (0..<length).map { _ in String(Int.random(in: 0...9, using: &random)) }.joined()
            let prefix = ["", "+", "0", "00", "+54", "+52", "+55"].randomElement(using: &random) ?? ""
            Self.expectStable(prefix + digits, Self.rules[round % Self.rules.count])
        }
    }

    private static let pieces: [String] = [
        "a", "Z", "ß", "ı", "İ", "Σ", "ς", "é", "e\u{301}", "ｶﾞ", "ガ", "ヴ", "한", "\u{1112}\u{1161}\u{11AB}",
        "７", "①", "１", "0", "1", "2", "55", "+", "＋", "-", "(", ")", ".", "。", "．", "@", "＠", "<", ">",
        "mailto:", "tel:", "\"", "xn--", "bücher", "gmail.com", "googlemail.com", "example", " ", "\u{3000}",
        "\u{200B}", "\u{202A}", "\u{FEFF}", "\u{301}", "\u{345}", "\u{3099}", "\u{1D16E}", "ﷺ", "ﬃ", "ŉ", "´",
        "x9", ";ext=9", "ext", "00", "011", "{{", "}}",
    ]

    private static func text(_ random: inout SplitMix) -> String {
        let count = Int.random(in: 1...12, using: &random)
        return (0..<count).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
    }
}

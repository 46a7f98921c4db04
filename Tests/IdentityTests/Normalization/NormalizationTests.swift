import Events
import Identity
import Testing

@Suite("The form that identifiers are compared in")
struct NormalizationTests {
    let rules = Rules()

    @Test(
        "what is written in another way but means the same has the same bytes",
        arguments: [
            ("cafe\u{301}", "caf\u{E9}"),
            // Hangul as macOS writes it, and as everything else does.
            ("\u{1100}\u{1161}\u{11A8}\u{110E}\u{1165}\u{11AF}", "각철"),
            // Half-width kana with its voicing mark behind it, and full-width.
            ("ｶﾞｼﾞｭﾏﾙ", "ガジュマル"), ("ＡＢＣ－１２３", "ABC-123"), ("u①", "u1"), ("ﬁ7", "fi7"), ("x\u{A0}y", "x y"),
        ]
    )
    func compatible(text: String, expected: String) {
        let identifier = rules.normalized("shop.customer", text)
        #expect(identifier == Identifier("shop.customer", expected))
        #expect(rules.normalized("shop.customer", expected) == identifier)
    }

    @Test("capitals and small letters are different ids")
    func letterCase() {
        #expect(rules.normalized("user", "aB") != rules.normalized("user", "ab"))
    }

    @Test(
        "white space and invisible characters around a value are no part of it",
        arguments: [
            " x ", "\tx\r\n", "\u{3000}x\u{A0}", "\u{FEFF}x", "\u{202A}x\u{202C}", "x\u{200B}", "\u{200E}x\u{200F}",
        ]
    )
    func trimmed(text: String) {
        #expect(rules.normalized("user", text) == Identifier("user", "x"))
    }

    @Test("a value that is too long identifies nobody, in the form it is compared in")
    func long() {
        #expect(rules.normalized("user", String(repeating: "x", count: 512)) != nil)
        #expect(rules.normalized("user", String(repeating: "x", count: 513)) == nil)
        #expect(rules.normalized("user", String(repeating: "７", count: 512)) != nil)
        #expect(rules.normalized("user", String(repeating: "７", count: 513)) == nil)
        // One character that becomes eighteen.
        #expect(rules.normalized("user", String(repeating: "\u{FDFA}", count: 40)) == nil)
        #expect(rules.normalized("user", String(repeating: "é", count: 1_000_000)) == nil)
    }

    @Test("nothing but white space is nothing", arguments: ["", " ", "\u{3000}\u{FEFF}", "\u{200B}"])
    func empty(text: String) {
        for namespace in ["user", "email", "phone"] { #expect(rules.normalized(namespace, text) == nil) }
    }
}

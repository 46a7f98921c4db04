import Events
import Identity
import Testing

@Suite("E-mail addresses")
struct EmailAddressTests {
    let rules = Rules()

    @Test(
        "an address is compared without its case and what stands around it",
        arguments: [
            (" Ada@Example.COM ", "ada@example.com"), ("mailto:ada@example.com", "ada@example.com"),
            ("MAILTO:Ada@example.com", "ada@example.com"), ("<ada@example.com>", "ada@example.com"),
            ("Ada Lovelace <Ada@Example.com>", "ada@example.com"),
            ("\"Lovelace, Ada\" <ada@example.com>", "ada@example.com"),
            ("ada+news@example.com", "ada+news@example.com"), ("\"a@b\"@example.org", "\"a@b\"@example.org"),
            ("ada@example.com.", "ada@example.com"), ("o'brien@example.com", "o'brien@example.com"),
            ("a.b..c.@docomo.example", "a.b..c.@docomo.example"), ("ada@mail_1.example.com", "ada@mail_1.example.com"),
            ("a/b=c!d@example.com", "a/b=c!d@example.com"), ("ada＠example.com", "ada@example.com"),
            ("ａｄａ@ｅｘａｍｐｌｅ．ｃｏｍ", "ada@example.com"), ("\u{202A}ada@example.com\u{202C}", "ada@example.com"),
        ]
    )
    func spellings(text: String, expected: String) {
        #expect(rules.normalized("email", text) == Identifier("email", expected))
    }

    @Test(
        "a domain in any script has one form, in which it is looked up",
        arguments: [
            ("ada@bücher.example", "ada@xn--bcher-kva.example"), ("ada@BÜCHER.Example", "ada@xn--bcher-kva.example"),
            ("ada@bu\u{308}cher.example", "ada@xn--bcher-kva.example"),
            ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
            ("ada@XN--BCHER-KVA.example", "ada@xn--bcher-kva.example"), ("ada@日本。example", "ada@xn--wgv71a.example"),
            ("ada@한글.example", "ada@xn--bj0bj06e.example"),
            ("ada@\u{1112}\u{1161}\u{11AB}\u{1100}\u{1173}\u{11AF}.example", "ada@xn--bj0bj06e.example"),
            // Two different domains since 2010.
            ("ada@straße.example", "ada@xn--strae-oqa.example"), ("ada@strasse.example", "ada@strasse.example"),
            ("ada@ısı.example", "ada@xn--s-ekab.example"),
        ]
    )
    func domains(text: String, expected: String) {
        #expect(rules.normalized("email", text) == Identifier("email", expected))
    }

    @Test(
        "letters before the @ are folded as Unicode says",
        arguments: [
            ("ÄRGER@shop.example", "ärger@shop.example"), ("A\u{308}rger@shop.example", "ärger@shop.example"),
            ("Straße@shop.example", "strasse@shop.example"), ("STRASSE@shop.example", "strasse@shop.example"),
            ("ΣΊΣΥΦΟΣ@shop.example", "σίσυφοσ@shop.example"), ("σίσυφος@shop.example", "σίσυφοσ@shop.example"),
            // Dotless ı is a letter of its own: only in Turkish is it the small form of I.
            ("ışık@shop.example", "ışık@shop.example"), ("IŞIK@shop.example", "işik@shop.example"),
            ("김철수@shop.example", "김철수@shop.example"), ("ﾔﾏﾀﾞ@shop.example", "ヤマダ@shop.example"),
        ]
    )
    func localParts(text: String, expected: String) {
        #expect(rules.normalized("email", text) == Identifier("email", expected))
    }

    @Test(
        "what is no address identifies nobody",
        arguments: [
            "ada", "@example.com", "ada@", "ada@.com", "ada@example..com", "a da@example.com",
            "ada@exa mple.com", "ada@@example.com", "a@b@example.com", "a@example.com,b@example.com",
            "a@example.com;b@example.com", "ada@example.com>", "<>", "<@>", "mailto:",
            "mailto:mailto:ada@example.com", "a<b@example.com", "ada@[127.0.0.1]", "ada@ex*mple.com", "ada@.",
            "ada@-é.example", "ada@xn--é.example", "ada@é\u{200D}x.example", "ada@é.example\0x",
            "http://example.com/@ada/x",
        ]
    )
    func none(text: String) {
        #expect(rules.normalized("email", text) == nil)
    }

    @Test(
        "a mailbox of a role or a person with a short name is as good as any",
        arguments: [
            "info@example-shop.com", "no-reply@shop.example", "al@a1.example", "test@realcompany.com", "a@b.example",
        ]
    )
    func fine(address: String) {
        #expect(rules.normalized("email", address)?.value == address)
    }

    static let foldings = [
        ("Ada.Love.Lace+News@Gmail.com", "adalovelace@gmail.com"),
        ("ada.lovelace@googlemail.com", "adalovelace@gmail.com"),
        ("adalovelace@gmail.com", "adalovelace@gmail.com"), ("ada.l+x@outlook.com", "ada.l@outlook.com"),
        ("ada+x@hotmail.com", "ada@hotmail.com"), ("ada+x@icloud.com", "ada@icloud.com"),
        ("ada+x@me.com", "ada@me.com"),
        ("ada+x@fastmail.com", "ada@fastmail.com"), ("ada+x+y@proton.me", "ada@proton.me"),
        ("ada.l+x@example.com", "ada.l+x@example.com"), ("ada-x@yahoo.com", "ada-x@yahoo.com"),
        ("+x@gmail.com", "+x@gmail.com"), ("\"a+b\"@gmail.com", "\"a+b\"@gmail.com"),
        ("...@gmail.com", "...@gmail.com"),
    ]

    @Test("spellings that a provider delivers to one mailbox are one when the rules say so", arguments: foldings)
    func folded(text: String, expected: String) {
        var rules = Rules()
        rules.foldsMailboxes = true
        #expect(rules.normalized("email", text) == Identifier("email", expected))
    }

    @Test("spellings that a provider delivers to one mailbox are different addresses otherwise")
    func unfolded() {
        #expect(rules.normalized("email", "Ada.L+x@gmail.com")?.value == "ada.l+x@gmail.com")
        #expect(rules.normalized("email", "ada@googlemail.com")?.value == "ada@googlemail.com")
    }
}

import Events
import Identity
import Testing

@Suite("The form that identifiers are compared in")
struct NormalizationTests {
    let rules = Rules()

    @Test(
        "an address is compared without its case",
        arguments: [
            (" Ada@Example.COM ", "ada@example.com"), ("mailto:ada@example.com", "ada@example.com"),
            ("<ada@example.com>", "ada@example.com"), ("ada+news@example.com", "ada+news@example.com"),
            ("ÄRGER@Bücher.example", "ärger@bücher.example"), ("ada@日本。example", "ada@日本.example"),
            ("\"a@b\"@example.org", "\"a@b\"@example.org"), ("ada@example.com.", "ada@example.com"),
        ]
    )
    func email(text: String, expected: String) {
        #expect(rules.normalized("email", text) == Identifier("email", expected))
    }

    @Test(
        "what is no address identifies nobody",
        arguments: ["ada", "@example.com", "ada@", "ada@.com", "a da@example.com", "", "   "]
    )
    func noEmail(text: String) {
        #expect(rules.normalized("email", text) == nil)
    }

    @Test(
        "a phone number becomes its international form",
        arguments: [
            ("(201) 555-0123", "+12015550123"), ("+1 201 555 0123", "+12015550123"), ("1-201-555-0123", "+12015550123"),
            ("0049 30 901820", "+4930901820"), ("+82-10-1234-5678", "+821012345678"),
            ("tel:+12015550123", "+12015550123"),
            ("201.555.0123 ext. 9", "+12015550123"), ("+12015550123;ext=9", "+12015550123"),
        ]
    )
    func phone(text: String, expected: String) {
        #expect(rules.normalized("phone", text) == Identifier("phone", expected))
    }

    @Test("a national number loses the zero it is dialled with, and gets the configured country")
    func national() {
        var rules = Rules()
        rules.callingCode = "82"
        #expect(rules.normalized("phone", "010-1234-5678") == Identifier("phone", "+821012345678"))
    }

    @Test(
        "what programs and people write when they have nothing identifies nobody",
        arguments: [
            ("user", "null"), ("user", "NULL"), ("user", "0"), ("user", "undefined"), ("user", "[object Object]"),
            ("user", "\"None\""), ("user", "-1"), ("user", "Anonymous"), ("anonymous", "anonymousId"), ("user", "' '"),
            ("device", "00000000-0000-0000-0000-000000000000"), ("email", "test@test.com"),
            ("email", "Test@Example.com"),
            ("email", "test@test.example"), ("email", "none@none.org"), ("phone", "0000000000"),
            ("phone", "+1 111 111 1111"),
            ("phone", "1234567890"), ("phone", "12345"), ("phone", "call me"),
        ]
    )
    func junk(namespace: String, value: String) {
        #expect(rules.normalized(namespace, value) == nil)
    }

    @Test(
        "a mailbox of a role or a person with a short name is as good as any",
        arguments: ["info@example-shop.com", "no-reply@shop.example", "al@a1.example", "test@realcompany.com"]
    )
    func fine(address: String) {
        #expect(rules.normalized("email", address)?.value == address)
    }

    @Test("values that only look the same stay apart")
    func bytes() throws {
        let composed = try #require(rules.normalized("user", "caf\u{E9}"))
        let decomposed = try #require(rules.normalized("user", "cafe\u{301}"))
        #expect(composed != decomposed)
    }

    @Test("a value that is too long identifies nobody")
    func long() {
        #expect(rules.normalized("user", String(repeating: "x", count: 512)) != nil)
        #expect(rules.normalized("user", String(repeating: "x", count: 513)) == nil)
    }
}

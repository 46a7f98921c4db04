import Events
import Testing

@Suite("An identifier")
struct IdentifierTests {
    @Test(
        "is read from its text, colons in the value included",
        arguments: [
            ("email:ada@example.com", "email", "ada@example.com"), ("url:https://x", "url", "https://x"),
            ("a::", "a", ":"),
        ]
    )
    func parses(text: String, namespace: String, value: String) {
        #expect(Identifier(parsing: text) == Identifier(namespace, value))
        #expect(Identifier(namespace, value).description == text)
    }

    @Test("needs both parts", arguments: ["", ":", "email", "email:", ":x"])
    func refuses(text: String) {
        #expect(Identifier(parsing: text) == nil)
    }

    @Test("is another one when its bytes are, even if it looks the same")
    func comparesBytes() {
        let one = Identifier("name", "é")
        let two = Identifier("name", "e\u{301}")
        #expect(one != two)
        #expect(Set([one, two, Identifier("name", "é")]).count == 2)
        #expect((one < two) != (two < one))
    }

    @Test("is not another one with the border elsewhere")
    func partsAreApart() {
        #expect(Identifier("a", "b:c") != Identifier("a:b", "c"))
        #expect(Set([Identifier("ab", "c"), Identifier("a", "bc")]).count == 2)
    }

    @Test("is ordered by namespace, then by value")
    func order() {
        let sorted = [Identifier("a", "z"), Identifier("b", ""), Identifier("b", "a"), Identifier("b", "é")]
        #expect(sorted.reversed().sorted() == sorted)
    }
}

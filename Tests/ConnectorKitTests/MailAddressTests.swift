import ConnectorKit
import Testing

@Suite("Mail addresses")
struct MailAddressTests {
    private func shown(_ text: String) -> [String] {
        MailAddress.list(text).map { person in person.name.map { "\($0)|\(person.address)" } ?? person.address }
    }

    @Test(
        "reads what RFC 5322 allows",
        arguments: [
            ("ada@example.com", ["ada@example.com"]),
            ("Ada Lovelace <ada@example.com>", ["Ada Lovelace|ada@example.com"]),
            ("\"Lovelace, Ada\" <ada@example.com>, bob@x.test", ["Lovelace, Ada|ada@example.com", "bob@x.test"]),
            ("\"Joe \\\"Q\\\" Public\" <joe@x.test>", ["Joe \"Q\" Public|joe@x.test"]),
            ("ada@example.com (Ada (the first) Lovelace)", ["Ada the first Lovelace|ada@example.com"]),
            ("Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", ["Pete|pete@silly.test"]),
            (
                "A Group:Chris Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;",
                ["Chris Jones|c@a.test", "joe@where.test", "John|jdoe@one.test"]
            ),
            ("Undisclosed recipients:;", []),
            ("A: a@x.test;, B: b@x.test;, c@x.test", ["a@x.test", "b@x.test", "c@x.test"]),
            ("Mary Smith <@node.test,@other.test:mary@example.net>", ["Mary Smith|mary@example.net"]),
            ("<ada@example.com>", ["ada@example.com"]),
            ("jdoe . x @ example . com", ["jdoe.x@example.com"]),
            ("\"john smith\"@example.com", ["\"john smith\"@example.com"]),
            ("\"ada\"@example.com", ["ada@example.com"]),
            ("user@[192.0.2.1]", ["user@[192.0.2.1]"]),
            ("J. R. R. Tolkien <jrr@x.test>", ["J. R. R. Tolkien|jrr@x.test"]),
            ("=?utf-8?B?6rmA7ISc7Jew?= <kim@x.test>", ["김서연|kim@x.test"]),
            ("\"=?utf-8?Q?Zo=C3=AB?=\" <zoe@x.test>", ["Zoë|zoe@x.test"]),
            (", ,ada@example.com,,", ["ada@example.com"]),
            ("nobody, <>, @x.test, a@, ada@example.com", ["ada@example.com"]),
            ("\"unclosed <a@x.test>", []),
            ("Ada <ada@example.com", ["Ada|ada@example.com"]),
            ("", []),
        ]
    )
    func reads(text: String, expected: [String]) {
        #expect(shown(text) == expected)
    }

    @Test("reads any bytes without harm")
    func survivesNoise() {
        var random = SystemRandomNumberGenerator()
        let alphabet = Array("ab@<>,;:()\"\\[]. =?é\u{301}\r\n")
        for _ in 0..<5000 {
            let text = String((0..<20).map { _ in alphabet[Int(random.next(upperBound: UInt(alphabet.count)))] })
            for address in MailAddress.list(text) { #expect(address.address.contains("@")) }
            _ = EncodedWord.decode(text)
        }
    }

    @Test("takes one address for sending, and nothing that would begin another field")
    func takesOne() throws {
        #expect(try MailAddress.one("Ada <a@x.test>", field: "to") == MailAddress(name: "Ada", address: "a@x.test"))
        #expect(throws: MailMessageError.notAnAddress("to")) { try MailAddress.one("a@x.test, b@x.test", field: "to") }
        #expect(throws: MailMessageError.notAnAddress("to")) { try MailAddress.one("nobody", field: "to") }
        #expect(throws: MailMessageError.controlCharacter("to")) {
            try MailAddress.one("a@x.test\r\nBcc: b@x.test", field: "to")
        }
    }
}

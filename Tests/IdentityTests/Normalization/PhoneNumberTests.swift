import Events
import Identity
import Testing

@Suite("Phone numbers")
struct PhoneNumberTests {
    static func number(_ text: String, in country: String = "US") -> String? {
        var rules = Rules()
        rules.country = country
        return rules.normalized("phone", text)?.value
    }

    @Test(
        "a number in international form means the same everywhere",
        arguments: [
            ("+1 201 555 0123", "+12015550123"), ("+12015550123", "+12015550123"),
            ("+82-10-1234-5678", "+821012345678"),
            ("+44 (0)20 7946 0018", "+442079460018"), ("+49 (0) 30 / 901820", "+4930901820"),
            ("+39 06 6982", "+39066982"), ("tel:+1-201-555-0123", "+12015550123"), ("TEL:+12015550123", "+12015550123"),
            ("tel:10-1234-5678;phone-context=+82", "+821012345678"), ("＋８２ １０ １２３４ ５６７８", "+821012345678"),
            ("\u{202A}+82 10 1234 5678\u{202C}", "+821012345678"), ("+86 139 1234 5678", "+8613912345678"),
            ("+٨٢ ١٠ ١٢٣٤ ٥٦٧٨", "+821012345678"), ("+54 9 11 2345 6780", "+5491123456780"),
        ]
    )
    func international(text: String, expected: String) {
        for country in ["US", "KR", "DE", "ZZ", ""] {
            #expect(Self.number(text, in: country) == expected, "\(country)")
        }
    }

    @Test(
        "a national number gets its country's calling code, and loses the prefix it may be dialled with",
        arguments: [
            ("US", "(201) 555-0123", "+12015550123"), ("US", "201.555.0123", "+12015550123"),
            ("US", "1-201-555-0123", "+12015550123"), ("US", "12015550123", "+12015550123"),
            ("CA", "1 (201) 555 0123", "+12015550123"), ("US", "1-800-FLOWERS", "+18003569377"),
            ("KR", "010-1234-5678", "+821012345678"), ("KR", "02-312-3456", "+8223123456"),
            ("KR", "82-10-1234-5678", "+821012345678"), ("kr", "01012345678", "+821012345678"),
            ("JP", "090-1234-5678", "+819012345678"), ("JP", "０３－１２３４－５６７８", "+81312345678"),
            ("GB", "020 7946 0018", "+442079460018"), ("GB", "07700 900123", "+447700900123"),
            ("DE", "030 901820", "+4930901820"), ("DE", "0151 23456780", "+4915123456780"),
            ("FR", "06 12 34 56 78", "+33612345678"), ("IT", "06 698 1234", "+39066981234"),
            ("CN", "139 1234 5678", "+8613912345678"), ("BR", "(11) 96123-4567", "+5511961234567"),
            ("AR", "011 15 2345 6780", "+5491123456780"), ("RU", "8 (912) 345-67-80", "+79123456780"),
            ("HU", "06 20 123 4567", "+36201234567"),
        ]
    )
    func national(country: String, text: String, expected: String) {
        #expect(Self.number(text, in: country) == expected)
    }

    @Test(
        "two zeros stand for the plus, unless the country dials otherwise",
        arguments: [
            ("US", "0049 30 901820", "+4930901820"), ("DE", "0082 10 1234 5678", "+821012345678"),
            ("KR", "0082-10-1234-5678", "+821012345678"), ("KR", "001 1 201 555 0123", "+12015550123"),
            ("US", "011 49 30 901820", "+4930901820"), ("JP", "010 1 201 555 0123", "+12015550123"),
            ("AU", "0011 44 20 7946 0018", "+442079460018"), ("US", "(00) 44 20 7946 0018", "+442079460018"),
        ]
    )
    func doubleZero(country: String, text: String, expected: String) {
        #expect(Self.number(text, in: country) == expected)
    }

    @Test("the event's country comes before the configured one")
    func country() {
        let rules = Rules()
        #expect(rules.normalized("phone", "010-1234-5678", country: PhoneCountry("kr"))?.value == "+821012345678")
        #expect(rules.normalized("phone", "020 7946 0018", country: PhoneCountry("UK"))?.value == "+442079460018")
        #expect(rules.normalized("phone", "201 555 0123", country: nil)?.value == "+12015550123")
    }

    @Test("a country is known by its code", arguments: [("us", "US"), ("KR", "KR"), ("uk", "GB")])
    func knownCountry(text: String, expected: String) {
        #expect(PhoneCountry(text)?.code == expected)
    }

    @Test(
        "what is no country's code is none",
        arguments: ["", "U", "ZZ", "USA", "82", "Korea", "한국", "é", "ß", "\u{1F1F0}\u{1F1F7}"]
    )
    func unknownCountry(text: String) {
        #expect(PhoneCountry(text) == nil)
    }

    @Test(
        "an extension and a note are dropped",
        arguments: [
            "201.555.0123 ext. 9", "+12015550123;ext=9", "201 555 0123 x9", "(201) 555-0123 home",
            "2015550123,,9", "201-555-0123 #9", "tel:+1-201-555-0123;ext=9",
        ]
    )
    func extensions(text: String) {
        #expect(Self.number(text) == "+12015550123")
    }

    @Test(
        "a number of a possible length is a number, whether or not it was given out",
        arguments: [
            ("2005550001", "+12005550001"), ("2005560001", "+12005560001"), ("+12015550199", "+12015550199"),
            ("+447700900001", "+447700900001"), ("9895559999", "+19895559999"),
        ]
    )
    func unassigned(text: String, expected: String) {
        #expect(Self.number(text) == expected)
    }

    @Test(
        "what cannot be dialled from everywhere, or at all, names nobody",
        arguments: [
            "call me", "12345", "555-0123", "911", "+1 201 555 01234", "+1 201 555 012", "+999 1234567", "+",
            "00", "2015550123 2015550124", "+82", "ada@example.com", "8f14e45f-ceea-467f-a9d1-0123456789ab",
            "+1+2015550123", "0000000000", "1111111111", "+1 111 111 1111", "1234567890",
            "+821012345678901234567",
        ]
    )
    func none(text: String) {
        #expect(Self.number(text) == nil)
    }

    @Test("a text without end takes no time", arguments: ["1", "-", "+", "(1", " x1", "; ", "1/x", "ext. 1", "１"])
    func endless(piece: String) {
        #expect(Self.number(String(repeating: piece, count: 400)) == nil)
    }
}

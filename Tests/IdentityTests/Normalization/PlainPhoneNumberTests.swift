import Events
import Identity
import Testing

/// Numbers that are not given to the library, compared with the library.
///
/// It takes slashes for what people write between digits; the quick way leaves texts that have one to it.
@Suite("Phone numbers that need no library")
struct PlainPhoneNumberTests {
    static let codes = [
        1, 7, 20, 27, 30, 31, 32, 33, 34, 36, 39, 41, 43, 44, 45, 46, 47, 48, 49, 52, 55, 56, 57, 60, 61, 62, 63, 64,
        65, 66,
        81, 82, 84, 86, 90, 91, 92, 234, 254, 351, 353, 358, 380, 420, 852, 880, 886, 966, 971, 972,
    ]

    static func digits(_ count: Int, _ random: inout SplitMix) -> String {
        (0..<count).map { _ in String(Int.random(in: 0...9, using: &random)) }.joined()
    }

    @Test("are what it makes of them, in every country that is known by heart", arguments: codes)
    func international(code: Int) {
        let rules = Rules()
        var random = SplitMix(UInt64(code))
        for first in 10...99 {
            for length in 7...13 {
                let national = "\(first)" + Self.digits(length - 2, &random)
                let quick = rules.normalized("phone", "+\(code)\(national)")
                #expect(quick == rules.normalized("phone", "+\(code)/\(national)"), "+\(code)\(national)")
            }
        }
    }

    @Test("are what it makes of them, in North America", arguments: ["US", "CA"])
    func national(country: String) {
        var rules = Rules()
        rules.country = country
        var random = SplitMix(7)
        for _ in 0..<2000 {
            let number = Self.digits(Int.random(in: 7...12, using: &random), &random)
            let slashed = "\(number.prefix(3))/\(number.dropFirst(3))"
            #expect(rules.normalized("phone", number) == rules.normalized("phone", slashed), "\(number)")
        }
    }

    @Test("are what it makes of them, however they are written")
    func punctuation() {
        let rules = Rules()
        var random = SplitMix(9)
        let pieces = [
            "+", "+1", "1", "201", "555", "0123", "(", ")", " ", "-", ".", "  ", "44", "7700", "900", "123", "0",
        ]
        for _ in 0..<4000 {
            let count = Int.random(in: 3...8, using: &random)
            let text = (0..<count).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            #expect(rules.normalized("phone", text) == rules.normalized("phone", text + "/"), "\(text)")
        }
    }
}

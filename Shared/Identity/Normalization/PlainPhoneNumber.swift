/// Phone numbers of which it is certain, without asking the library, what it would make of them.
///
/// The library takes microseconds for each number, and most numbers are sent in international form. Such a number only
/// changes when its national part begins with the country's trunk prefix or a carrier's code, and is only refused for its
/// length. For the countries below both are written down, and a test compares them with the library that is installed.
enum PlainPhoneNumber {
    /// The number in E.164; `nil` when the library has to say.
    static func e164(_ text: String, country: String) -> String? {
        guard text.utf8.count <= 32, let digits = Digits(text) else { return nil }
        if digits.isInternational {
            guard isCertain(digits) else { return nil }
            return text.utf8.count == digits.count + 1 ? text : "+\(digits.value)"
        }
        guard country == "US" || country == "CA" else { return nil }
        return northAmerican(digits).map { "+\($0)" }
    }

    /// In North America the calling code may be dialled from inside as well, and is no beginning of a number.
    private static func northAmerican(_ digits: Digits) -> UInt64? {
        let number = digits.count == 10 ? 10_000_000_000 + digits.value : digits.value
        guard digits.count == 10 || digits.count == 11, (12_000_000_000...19_999_999_999).contains(number) else {
            return nil
        }
        return number
    }

    private static func isCertain(_ digits: Digits) -> Bool {
        var power: UInt64 = 1
        for _ in 0..<digits.count { power *= 10 }
        for length in 1...3 {
            power /= 10
            guard power >= 10 else { return false }
            let plan = plans[Int(digits.value / power)]
            if plan.longest > 0 {
                let first = digits.value / (power / 10) % 10
                return (plan.first...plan.last).contains(first)
                    && (plan.shortest...plan.longest).contains(digits.count - length)
            }
        }
        return false
    }

    // MARK: - Numbers as they are written

    /// The digits of a text that has nothing else but a `+` before them and hyphens, dots, spaces and parentheses.
    private struct Digits {
        var value: UInt64 = 0
        var count = 0
        var isInternational = false

        /// `nil` for other texts, more digits than a number has, and a zero in front.
        init?(_ text: String) {
            for byte in text.utf8 {
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"):
                    value = value * 10 + UInt64(byte & 0xF)
                    count += 1
                    if value == 0 || count > 15 { return nil }
                case UInt8(ascii: "+"):
                    if isInternational || count > 0 { return nil }
                    isInternational = true
                case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: " "), UInt8(ascii: "("), UInt8(ascii: ")"):
                    continue
                default: return nil
                }
            }
            if count < 7 { return nil }
        }
    }

    // MARK: - Numbering plans

    /// A calling code's national numbers that are certain: their first digit and how many digits they have.
    private struct Plan {
        var first: UInt64 = 0
        var last: UInt64 = 0
        var shortest = 0
        var longest = 0
    }

    /// By calling code.
    private static let plans: [Plan] = {
        var plans = Array(repeating: Plan(), count: 1000)
        func add(_ codes: [Int], digits: ClosedRange<Int>, first: ClosedRange<UInt64> = 1...9) {
            for code in codes {
                plans[code] = Plan(
                    first: first.lowerBound,
                    last: first.upperBound,
                    shortest: digits.lowerBound,
                    longest: digits.upperBound
                )
            }
        }
        // North America; Russia and Kazakhstan; Brazil; Australia; Mexico.
        add([1], digits: 10...10, first: 2...9)
        add([7], digits: 10...10, first: 9...9)
        add([55], digits: 10...11, first: 1...8)
        add([61], digits: 9...9, first: 2...9)
        add([52], digits: 10...10, first: 2...9)
        // Those whose numbers are of one length.
        add([45, 47, 65, 852], digits: 8...8)
        add([27, 31, 33, 34, 41, 48, 56, 84, 254, 351, 353, 380, 420, 886, 966, 971, 972], digits: 9...9)
        add([20, 30, 57, 63, 90, 91, 92, 234, 880], digits: 10...10)
        // Belgium, Hungary, Thailand; Britain, Italy, Japan, Malaysia; Korea, New Zealand; Indonesia; Sweden, Finland.
        add([32, 36, 66], digits: 8...9)
        add([39, 44, 60, 81], digits: 9...10)
        add([64, 82], digits: 8...10)
        add([62], digits: 8...12)
        add([46, 358], digits: 7...10)
        // Austria and Germany.
        add([43, 49], digits: 7...13)
        return plans
    }()
}

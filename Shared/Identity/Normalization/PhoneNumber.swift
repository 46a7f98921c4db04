import CPhoneNumber

enum PhoneNumber {
    /// A number in E.164 (`+` and seven to fifteen digits), as libphonenumber reads it; `nil` when it is none or made up.
    ///
    /// - Whether the number was ever given out does not matter, only whether its length is possible: plans change, and
    ///   numbers for tests and films name somebody as well. One without its area code names nobody.
    /// - Without a calling code it is one of the country. `00` stands for `+` where the country does not dial
    ///   otherwise. `tel:` is understood, and words on a keypad (`1-800-FLOWERS`).
    /// - An extension is dropped: the number is that of the switchboard, which is found to be shared by the evidence.
    static func normalized(_ value: String, country: String) -> String? {
        guard let number = PlainPhoneNumber.e164(value, country: country) ?? spelledOut(value, country: country),
            (8...16).contains(number.utf8.count), !JunkValues.isMadeUp(phone: number)
        else { return nil }
        return number
    }

    private static func spelledOut(_ value: String, country: String) -> String? {
        let text = withoutNote(value)
        let reading = read(text, country: country)
        if let digits = afterDoubleZero(text), reading?.isInternational != true {
            let text = "+" + digits
            return settled(read(text, country: country), of: text)
        }
        return settled(reading, of: text)
    }

    /// The number when reading it gives itself again: after a prefix that the library takes off, another may show.
    private static func settled(_ reading: Reading?, of text: String) -> String? {
        guard let number = reading?.number else { return nil }
        let isUnchanged = text.utf8.lazy.filter { $0 == UInt8(ascii: "+") || isDigit($0) }.elementsEqual(number.utf8)
        if isUnchanged || PlainPhoneNumber.e164(number, country: "") == number { return number }
        return read(number, country: "")?.number == number ? number : nil
    }

    // MARK: - The library

    private struct Reading {
        var number: String
        var isInternational: Bool
    }

    private static func read(_ text: String, country: String) -> Reading? {
        let country = country.utf8.count == 2 ? country.uppercased() : "ZZ"
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 24) { buffer in
            guard let number = buffer.baseAddress else { return nil }
            let form = kith_phone_number_read(text, text.utf8.count, country, number)
            guard form != KITH_PHONE_NUMBER_NONE else { return nil }
            return Reading(
                number: String(cString: number),
                isInternational: form == KITH_PHONE_NUMBER_INTERNATIONAL
            )
        }
    }

    // MARK: - What people write around numbers

    /// Without what follows a whole number: an extension (`x9`, `;ext=9`, `ext. 9`) or a note (`home`).
    private static func withoutNote(_ value: String) -> String {
        var digits = 0
        for place in value.utf8.indices {
            let byte = value.utf8[place]
            if isDigit(byte) { digits += 1 }
            if digits >= 7, beginsNote(byte) { return isURIWithContext(value) ? value : String(value[..<place]) }
        }
        return value
    }

    private static func beginsNote(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: ";"),
            UInt8(ascii: ","), UInt8(ascii: "#"):
            true
        default: false
        }
    }

    /// Whether it is a URI as of RFC 3966 whose number is only whole with what follows.
    private static func isURIWithContext(_ value: String) -> Bool {
        let text = value.lowercased()
        return text.hasPrefix("tel:") && text.contains(";phone-context=")
    }

    /// What follows when the first two digits are zeros next to each other, with no `+` before them.
    private static func afterDoubleZero(_ text: String) -> Substring? {
        let bytes = text.utf8
        guard let first = bytes.firstIndex(where: { $0 == UInt8(ascii: "+") || isDigit($0) }) else { return nil }
        let pair = bytes[first...].prefix(2)
        return pair.elementsEqual("00".utf8) ? text[pair.endIndex...] : nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}

public import Events

extension Rules {
    /// The identifier in the form that it is compared in; `nil` when the value identifies nobody or is none of its kind.
    public func normalized(_ namespace: String, _ value: String) -> Identifier? {
        let value = Trimming.trimmed(value)
        guard !value.isEmpty, value.utf8.count <= identifierBytes, !JunkValues.contains(value) else { return nil }
        switch self[namespace].normalization {
        case .trimmed: return Identifier(namespace, value)
        case .email: return EmailAddress.normalized(value).map { Identifier(namespace, $0) }
        case .phone: return PhoneNumber.normalized(value, callingCode: callingCode).map { Identifier(namespace, $0) }
        }
    }
}

enum Trimming {
    /// Without white space at both ends; the same string when there is none.
    static func trimmed(_ value: String) -> String {
        let scalars = value.unicodeScalars
        guard let first = scalars.first, let last = scalars.last else { return value }
        guard isSpace(first) || isSpace(last) else { return value }
        guard let start = scalars.firstIndex(where: { !isSpace($0) }) else { return "" }
        let end = scalars.lastIndex(where: { !isSpace($0) }).map { scalars.index(after: $0) } ?? scalars.endIndex
        return String(scalars[start..<end])
    }

    static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value < 0x80 { return scalar.value <= 0x20 || scalar.value == 0x7F }
        return scalar.properties.isWhitespace || scalar.value == 0xFEFF || scalar.value == 0x200B
    }
}

enum EmailAddress {
    /// In lower case, without `mailto:` and angle brackets; `nil` when it is no address.
    static func normalized(_ value: String) -> String? {
        var text = isPlain(value) ? Substring(value) : Substring(value.lowercased())
        if text.hasPrefix("mailto:") { text = text.dropFirst(7) }
        if text.hasPrefix("<"), text.hasSuffix(">") { text = text.dropFirst().dropLast() }
        if text.hasSuffix(".") { text = text.dropLast() }
        guard let at = text.lastIndex(of: "@"), at != text.startIndex else { return nil }
        let domain = text[text.index(after: at)...]
        guard !domain.isEmpty, !domain.hasPrefix("."), !domain.utf8.contains(UInt8(ascii: "@")) else { return nil }
        guard !text.unicodeScalars.contains(where: Trimming.isSpace) else { return nil }
        let address = String(text[...at]) + withPlainDots(domain)
        return JunkValues.isMadeUp(email: address) ? nil : address
    }

    /// ASCII without capitals, as most are.
    private static func isPlain(_ value: String) -> Bool {
        value.utf8.allSatisfy { $0 < 0x80 && !(0x41...0x5A).contains($0) }
    }

    /// Chinese and Japanese keyboards give dots of their own, which mean the same between the labels of a domain.
    private static func withPlainDots(_ domain: Substring) -> String {
        guard domain.utf8.contains(where: { $0 >= 0x80 }) else { return String(domain) }
        return String(domain.map { "\u{3002}\u{FF0E}\u{FF61}".contains($0) ? "." : $0 })
    }
}

enum PhoneNumber {
    /// As `+` and digits, at most fifteen; `nil` when it is no number.
    ///
    /// A number without `+` or `00` is a national one: it gets the calling code, and loses the zero it may be dialled with.
    static func normalized(_ value: String, callingCode: String) -> String? {
        guard let (digits, isInternational) = digits(of: value) else { return nil }
        var number = Substring(digits)
        if !isInternational { number = Substring(withCode(number, callingCode)) }
        guard (7...15).contains(number.utf8.count), !JunkValues.isMadeUp(phone: number.utf8) else { return nil }
        return "+" + number
    }

    private static func withCode(_ digits: Substring, _ callingCode: String) -> String {
        if callingCode == "1" {
            // In North America the code may be dialled from inside as well.
            return digits.utf8.count == 11 && digits.hasPrefix("1") ? String(digits) : "1" + digits
        }
        return callingCode + (digits.hasPrefix("0") ? digits.dropFirst() : digits)
    }

    /// The digits up to an extension, without the international prefix.
    private static func digits(of value: String) -> (String, isInternational: Bool)? {
        var text = Substring(value)
        if text.lowercased().hasPrefix("tel:") { text = text.dropFirst(4) }
        var digits: [UInt8] = []
        var isInternational = false
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digits.append(byte)
            case UInt8(ascii: "+") where digits.isEmpty: isInternational = true
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: ";"):
                guard digits.count >= 7 else { return nil }
                return finished(digits, isInternational)
            default: continue
            }
        }
        return finished(digits, isInternational)
    }

    private static func finished(_ digits: [UInt8], _ isInternational: Bool) -> (String, isInternational: Bool) {
        guard !isInternational, digits.starts(with: "00".utf8) else {
            return (String(decoding: digits, as: UTF8.self), isInternational)
        }
        return (String(decoding: digits.dropFirst(2), as: UTF8.self), true)
    }
}

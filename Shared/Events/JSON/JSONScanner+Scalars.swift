extension JSONScanner {
    // MARK: - Strings

    /// From an opening quote to behind the closing one; returns where the content is.
    @inline(__always)
    mutating func string() throws(JSONError) -> (start: Int, end: Int, flags: JSONNode.Flags) {
        at &+= 1
        let start = at
        skipPlain()
        if at < end, base[at] == UInt8(ascii: "\"") {
            at &+= 1
            return (start, at &- 1, [])
        }
        let flags = try restOfString()
        return (start, at &- 1, flags)
    }

    /// The part of a string from its first character that is not plain ASCII.
    private mutating func restOfString() throws(JSONError) -> JSONNode.Flags {
        let faultsBefore = faults.count
        var flags: JSONNode.Flags = []
        while true {
            guard at < end else { throw .unexpectedEnd(at: at) }
            let byte = base[at]
            if byte == UInt8(ascii: "\"") { break }
            flags.insert(.special)
            if byte == UInt8(ascii: "\\") {
                flags.insert(.escaped)
                try escape()
            } else if byte >= 0x80 {
                try multibyte()
            } else {
                try fault(byte == 0 ? .nulCharacter(at: at) : .controlCharacter(at: at))
                at &+= 1
            }
            skipPlain()
        }
        at &+= 1
        if faults.count > faultsBefore { flags.insert(.faulty) }
        return flags
    }

    /// Steps over ASCII that needs no attention, eight bytes at a time.
    ///
    /// Each term has the high bit set in bytes that match; a borrow can only set one above a true match, so the lowest
    /// is always right.
    @inline(__always)
    private mutating func skipPlain() {
        let high: UInt64 = 0x8080_8080_8080_8080
        let ones: UInt64 = 0x0101_0101_0101_0101
        while at &+ 8 <= end {
            let word = UInt64(littleEndian: UnsafeRawPointer(base + at).loadUnaligned(as: UInt64.self))
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5C)
            let found =
                ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | ((word &- ones &* 0x20) & ~word)
                | word
            if found & high != 0 {
                at &+= (found & high).trailingZeroBitCount >> 3
                return
            }
            at &+= 8
        }
        while at < end, base[at] >= 0x20, base[at] < 0x80, base[at] != 0x22, base[at] != 0x5C { at &+= 1 }
    }

    private mutating func escape() throws(JSONError) {
        guard at &+ 1 < end else { throw .unexpectedEnd(at: end) }
        switch base[at &+ 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            at &+= 2
        case UInt8(ascii: "u"): try unicodeEscape()
        default:
            try fault(.invalidEscape(at: at))
            at &+= 2
        }
    }

    private mutating func unicodeEscape() throws(JSONError) {
        let buffer = UnsafeBufferPointer(start: base, count: end)
        guard let unit = JSONText.escapedUnit(in: buffer, at: at) else {
            try fault(.invalidEscape(at: at))
            at &+= 2
            return
        }
        switch unit {
        case 0: try fault(.nulCharacter(at: at))
        case 0xD800...0xDBFF where JSONText.isLowSurrogate(JSONText.escapedUnit(in: buffer, at: at &+ 6)): at &+= 6
        case 0xD800...0xDFFF: try fault(.loneSurrogate(at: at))
        default: break
        }
        at &+= 6
    }

    private mutating func multibyte() throws(JSONError) {
        while at < end, base[at] >= 0x80 {
            let length = sequenceLength()
            if length == 0 {
                try fault(.notUTF8(at: at))
                at &+= 1
            }
            at &+= length
        }
    }

    /// The length of the UTF-8 sequence here, or 0 where it is broken, overlong, a surrogate or beyond U+10FFFF.
    @inline(__always)
    private func sequenceLength() -> Int {
        let first = base[at]
        if first & 0xF0 == 0xE0 {
            guard at &+ 2 < end, isContinuation(at &+ 2) else { return 0 }
            let second = base[at &+ 1]
            let low: UInt8 = first == 0xE0 ? 0xA0 : 0x80
            let high: UInt8 = first == 0xED ? 0x9F : 0xBF
            return second >= low && second <= high ? 3 : 0
        }
        if first & 0xE0 == 0xC0 {
            return first >= 0xC2 && at &+ 1 < end && isContinuation(at &+ 1) ? 2 : 0
        }
        guard first >= 0xF0, first <= 0xF4, at &+ 3 < end, isContinuation(at &+ 2), isContinuation(at &+ 3) else {
            return 0
        }
        let low: UInt8 = first == 0xF0 ? 0x90 : 0x80
        let high: UInt8 = first == 0xF4 ? 0x8F : 0xBF
        return base[at &+ 1] >= low && base[at &+ 1] <= high ? 4 : 0
    }

    @inline(__always)
    private func isContinuation(_ index: Int) -> Bool { base[index] & 0xC0 == 0x80 }

    // MARK: - Numbers and words

    mutating func number() throws(JSONError) {
        let start = at
        if base[at] == UInt8(ascii: "-") { at &+= 1 }
        let whole = at
        var isValid = digits() > 0 && (base[whole] != UInt8(ascii: "0") || at == whole &+ 1)
        var flags: JSONNode.Flags = .positive
        if isValid, at < end, base[at] == UInt8(ascii: ".") {
            at &+= 1
            flags = []
            isValid = digits() > 0
        }
        if isValid, at < end, base[at] | 0x20 == UInt8(ascii: "e") {
            at &+= 1
            flags = []
            if at < end, base[at] == UInt8(ascii: "+") || base[at] == UInt8(ascii: "-") { at &+= 1 }
            isValid = digits() > 0
        }
        if !isValid || (at < end && isWordByte(base[at])) {
            skipWord()
            try fault(.invalidNumber(at: start))
            flags = .faulty
        } else if at &- start > Self.numberLimit {
            try fault(.numberTooLong(limit: Self.numberLimit, at: start))
            flags = .faulty
        }
        try append(flags == .faulty ? .null : .number, from: start, to: at, flags: flags)
    }

    @inline(__always)
    private mutating func digits() -> Int {
        let start = at
        while at < end, base[at] &- UInt8(ascii: "0") <= 9 { at &+= 1 }
        return at &- start
    }

    /// `true`, `false`, `null`, or something else that is not one value.
    mutating func word() throws(JSONError) {
        let start = at
        if literal("true") { return try append(.bool, from: start, to: at, flags: .positive) }
        if literal("false") { return try append(.bool, from: start, to: at) }
        if literal("null") { return try append(.null, from: start, to: at) }
        guard isWordByte(base[start]) else { throw unexpected("a value") }
        try fault(unexpected("a value"))
        skipWord()
        try append(.null, from: start, to: at, flags: .faulty)
    }

    @inline(__always)
    private mutating func literal(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard at &+ length <= end else { return false }
        for index in 0..<length where base[at &+ index] != text.utf8Start[index] { return false }
        guard at &+ length == end || !isWordByte(base[at &+ length]) else { return false }
        at &+= length
        return true
    }

    private mutating func skipWord() {
        while at < end, isWordByte(base[at]) { at &+= 1 }
    }

    @inline(__always)
    private func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

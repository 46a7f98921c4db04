extension Timestamp {
    /// Reads a time in RFC 3339 form, or a date alone, which means its beginning in UTC.
    ///
    /// - `T` and `Z` may be lower-case, `T` a space, and the offset's colon may be missing.
    /// - A fraction has up to nine digits; what is finer than a microsecond is cut off.
    /// - A leap second, `:60`, is the last microsecond of its minute, `:59.999999`.
    /// - A time without `Z` or offset is refused: there is no saying when it was. So is one outside the years 1 to 9999.
    public init?(_ rfc3339: some StringProtocol) {
        var text = String(rfc3339)
        guard let time = text.withUTF8({ Timestamp(utf8: $0) }) else { return nil }
        self = time
    }

    /// Reads a time from the bytes of its text.
    init?(utf8 text: UnsafeBufferPointer<UInt8>) {
        var reader = TimestampReader(text: text)
        guard let time = reader.time(), Self.earliest <= time, time <= Self.latest else { return nil }
        self = time
    }
}

/// Reads one time from left to right; every step gives `nil` where the text is wrong.
private struct TimestampReader {
    let text: UnsafeBufferPointer<UInt8>
    var at = 0

    mutating func time() -> Timestamp? {
        guard let day = date() else { return nil }
        if at == text.count { return Timestamp(microseconds: day * 86_400_000_000) }
        guard skip("T") || skip("t") || skip(" "), let inDay = timeOfDay(), let offset = offset(), at == text.count
        else {
            return nil
        }
        return Timestamp(microseconds: day * 86_400_000_000 + inDay - offset)
    }

    private mutating func date() -> Int64? {
        guard let year = number(digits: 4), year > 0, skip("-"), let month = number(digits: 2), skip("-"),
            let date = number(digits: 2), (1...12).contains(month), date >= 1,
            date <= Timestamp.daysInMonth(month, of: year)
        else { return nil }
        return Timestamp.day(year: year, month: month, date: date)
    }

    private mutating func timeOfDay() -> Int64? {
        guard let hour = number(digits: 2), skip(":"), let minute = number(digits: 2), skip(":"),
            let second = number(digits: 2), hour < 24, minute < 60, second <= 60, let fraction = fraction()
        else { return nil }
        let beforeSecond = (hour * 3600 + minute * 60) * 1_000_000
        return second == 60 ? beforeSecond + 59_999_999 : beforeSecond + second * 1_000_000 + fraction
    }

    /// Microseconds.
    private mutating func fraction() -> Int64? {
        guard skip(".") else { return 0 }
        var total: Int64 = 0
        var count = 0
        while let digit = digit() {
            if count < 6 { total = total * 10 + digit }
            count += 1
        }
        guard (1...9).contains(count) else { return nil }
        for _ in 0..<max(0, 6 - count) { total *= 10 }
        return total
    }

    /// Microseconds that the clock on the wall is ahead of UTC.
    private mutating func offset() -> Int64? {
        if skip("Z") || skip("z") { return 0 }
        let isBehind = skip("-")
        guard isBehind || skip("+"), let hours = number(digits: 2) else { return nil }
        _ = skip(":")
        guard let minutes = number(digits: 2), hours < 24, minutes < 60 else { return nil }
        let offset = (hours * 60 + minutes) * 60_000_000
        return isBehind ? -offset : offset
    }

    private mutating func number(digits: Int) -> Int64? {
        var total: Int64 = 0
        for _ in 0..<digits {
            guard let digit = digit() else { return nil }
            total = total * 10 + digit
        }
        return total
    }

    private mutating func digit() -> Int64? {
        guard at < text.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[at]) else { return nil }
        defer { at += 1 }
        return Int64(text[at] - UInt8(ascii: "0"))
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard at < text.count, text[at] == UInt8(ascii: character) else { return false }
        at += 1
        return true
    }
}

/// A point in time, in microseconds since 1970 in UTC.
public struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Microseconds since the beginning of 1970; negative before.
    public var microseconds: Int64

    /// A point in time by its distance from the beginning of 1970.
    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// The earliest time that can be read and written: the beginning of year 1.
    public static let earliest = Timestamp(microseconds: -62_135_596_800_000_000)

    /// The latest time that can be read and written: the end of year 9999.
    public static let latest = Timestamp(microseconds: 253_402_300_799_999_999)

    /// Whether one time is before another.
    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

    /// The time in UTC, as `2026-01-01T00:00:00.000Z`; microseconds only where they are not whole milliseconds.
    ///
    /// A time outside the years 1 to 9999 is written as the nearest one inside, so that it can be read again.
    public var description: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(27)
        write(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends what ``description`` says.
    func write(to bytes: inout [UInt8]) {
        let clamped = min(max(microseconds, Self.earliest.microseconds), Self.latest.microseconds)
        let (day, inDay) = Self.floored(clamped, by: 86_400_000_000)
        let (year, month, date) = Self.civil(fromDay: day)
        let (seconds, fraction) = (inDay / 1_000_000, inDay % 1_000_000)
        Self.append(year, digits: 4, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        Self.append(month, digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        Self.append(date, digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: "T"))
        Self.append(seconds / 3600, digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        Self.append(seconds / 60 % 60, digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        Self.append(seconds % 60, digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: "."))
        let isWhole = fraction % 1000 == 0
        Self.append(isWhole ? fraction / 1000 : fraction, digits: isWhole ? 3 : 6, to: &bytes)
        bytes.append(UInt8(ascii: "Z"))
    }

    private static func append(_ number: Int64, digits: Int, to bytes: inout [UInt8]) {
        let first = bytes.count
        bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: digits))
        var rest = number
        for index in (first..<first + digits).reversed() {
            bytes[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }
}

// MARK: - The calendar

// Years are counted from March, so that the leap day is the last of its year, and in eras of 400 years, all of which
// have 146,097 days. Day 0 is 1970-01-01, 719,468 days after 0000-03-01.
extension Timestamp {
    /// The day number of a date of the Gregorian calendar.
    static func day(year: Int64, month: Int64, date: Int64) -> Int64 {
        let marchYear = month > 2 ? year : year - 1
        let (era, yearOfEra) = floored(marchYear, by: 400)
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + date - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The date of the Gregorian calendar that a day number stands for.
    static func civil(fromDay day: Int64) -> (year: Int64, month: Int64, date: Int64) {
        let (era, dayOfEra) = floored(day + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let date = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, date)
    }

    static func daysInMonth(_ month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func floored(_ number: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

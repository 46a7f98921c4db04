import Events

/// Times as mail has them, in UTC.
enum MailTime {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]

    /// A time in a header: `Fri, 12 Jun 2026 10:20:30 +0000`.
    static func header(_ time: Timestamp) -> String {
        let parts = Parts(time)
        return "\(weekday(time)), \(parts.day) \(parts.month) \(parts.year) \(parts.clock) +0000"
    }

    /// `Fri Jun 12 10:20:30 2026`, as the lines between an mbox file's letters have it.
    static func asctime(_ time: Timestamp) -> String {
        let parts = Parts(time)
        return "\(weekday(time)) \(parts.month) \(parts.day) \(parts.clock) \(parts.year)"
    }

    /// The parts of `2026-06-12T10:20:30…`.
    private struct Parts {
        let year: Substring
        let month: String
        let day: Substring
        let clock: Substring

        init(_ time: Timestamp) {
            let text = time.description
            let date = text.prefix(10).split(separator: "-")
            year = date[0]
            month = MailTime.months[(Int(date[1]) ?? 1) - 1]
            day = date[2]
            clock = text.dropFirst(11).prefix(8)
        }
    }

    private static func weekday(_ time: Timestamp) -> String {
        let day = time.microseconds / 86_400_000_000
        return weekdays[Int(((day % 7) + 7) % 7)]
    }
}

/// Words of mail headers that are not ASCII, as RFC 2047 has them.
enum EncodedHeader {
    static func word(_ text: String) -> String {
        text.utf8.allSatisfy { $0 < 0x80 } ? text : "=?UTF-8?Q?\(text.utf8.map(encoded).joined())?="
    }

    private static func encoded(_ byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            String(UnicodeScalar(byte))
        default:
            "=" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }
    }
}

public import Events

/// Dates as mail has them, by RFC 5322: `Tue, 1 Jul 2003 10:52:37 +0200`.
public enum MailDate {
    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    /// Hours from UTC; letters alone say nothing reliable.
    private static let zones = ["est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7]

    /// Reads a date, also IMAP's `17-Jul-1996 02:44:25 -0700`; `nil` when the text is none.
    public static func parse(_ text: String) -> Timestamp? {
        let words = text.withoutComments.split { $0.isWhitespace || $0 == "," }
        let dated = words.drop { $0.first?.isNumber == false }
        let parts = (dated.first?.split(separator: "-") ?? []) + dated.dropFirst()
        guard parts.count >= 4, let day = Int(parts[0]), let year = year(parts[2]),
            let month = months.firstIndex(of: String(parts[1].prefix(3)).lowercased())
        else { return nil }
        let clock = parts[3].split(separator: ":").compactMap { Int($0) }
        guard (2...3).contains(clock.count) else { return nil }
        let zone = parts.count > 4 ? offset(parts[4]) : "Z"
        let second = clock.count == 3 ? clock[2] : 0
        let date = "\(padded(year, 4))-\(padded(month + 1))-\(padded(day))"
        return Timestamp("\(date)T\(padded(clock[0])):\(padded(clock[1])):\(padded(second))\(zone)")
    }

    /// Writes a date, in UTC.
    public static func format(_ time: Timestamp) -> String {
        let text = time.description
        let parts = text.split { !$0.isNumber }
        guard parts.count >= 6, let month = Int(parts[1]), (1...12).contains(month) else { return text }
        let dayNumber = time.microseconds / 86_400_000_000 - (time.microseconds % 86_400_000_000 < 0 ? 1 : 0)
        let weekday = days[Int((dayNumber % 7 + 7) % 7)]
        return "\(weekday), \(parts[2]) \(months[month - 1].capitalizedWord) \(parts[0]) "
            + "\(parts[3]):\(parts[4]):\(parts[5]) +0000"
    }

    private static func year(_ text: Substring) -> Int? {
        guard let year = Int(text), year >= 0 else { return nil }
        switch text.count {
        case 2: return year < 50 ? 2000 + year : 1900 + year
        case 3: return 1900 + year
        default: return year
        }
    }

    private static func offset(_ zone: Substring) -> String {
        let digits = zone.dropFirst()
        if zone.first == "+" || zone.first == "-", digits.count == 4, digits.allSatisfy(\.isNumber) {
            return "\(zone.prefix(3)):\(digits.suffix(2))"
        }
        guard let hours = zones[zone.lowercased()] else { return "Z" }
        return "\(hours < 0 ? "-" : "+")\(padded(abs(hours))):00"
    }

    private static func padded(_ number: Int, _ width: Int = 2) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension String {
    fileprivate var capitalizedWord: String { prefix(1).uppercased() + dropFirst() }

    fileprivate var withoutComments: String {
        var depth = 0
        return filter { character in
            if character == "(" { depth += 1 }
            defer { if character == ")" { depth -= 1 } }
            return depth == 0
        }
    }
}

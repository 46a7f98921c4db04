import Events

/// Values of the API as a person reads them.
enum Shown {
    /// Text as it is, anything else as its JSON, nothing as nothing.
    static func value(_ view: JSONView?) -> String {
        guard let view else { return "" }
        return view.string ?? String(decoding: view.raw, as: UTF8.self)
    }

    /// A time without its fraction of a second: `2026-01-31 10:20:30`, in UTC.
    static func time(_ view: JSONView?) -> String {
        guard let text = view?.string else { return "" }
        return String(text.prefix(19)).replacing("T", with: " ")
    }

    /// A length of time in the longest unit of which it has two: `45s`, `12m`, `30h`, `5d`.
    static func period(_ seconds: Int64) -> String {
        let units: [(name: String, seconds: Int64)] = [("d", 86_400), ("h", 3600), ("m", 60)]
        guard let unit = units.first(where: { seconds >= 2 * $0.seconds }) else { return "\(seconds)s" }
        return "\(seconds / unit.seconds)\(unit.name)"
    }

    /// A number of bytes in the unit that suits it.
    static func bytes(_ count: Int64) -> String {
        var amount = Double(count)
        var unit = 0
        while amount >= 1000, unit < 4 {
            amount /= 1000
            unit += 1
        }
        let tenths = Int((amount * 10).rounded())
        let number = unit == 0 || tenths >= 1000 ? "\(Int(amount.rounded()))" : "\(tenths / 10).\(tenths % 10)"
        return "\(number) \(["B", "kB", "MB", "GB", "TB"][unit])"
    }

    /// A count with its thousands set apart.
    static func count(_ number: Int64) -> String {
        let digits = String(number.magnitude)
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { result.append(",") }
            result.append(digit)
        }
        return number < 0 ? "-\(result)" : result
    }
}

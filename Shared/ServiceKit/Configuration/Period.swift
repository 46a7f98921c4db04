public import Events

/// A length of time as people write it: `90s`, `15m`, `24h`, `7d` or `2w`.
public struct Period: Sendable, Equatable, CustomStringConvertible {
    /// Its length.
    public let seconds: Int64

    /// A period of so many seconds.
    public init(seconds: Int64) {
        self.seconds = seconds
    }

    /// Reads what a person wrote; `nil` for anything else, and for none at all.
    public init?(_ text: String) {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
        guard let unit = text.last.flatMap({ units[$0] }), let count = Int64(text.dropLast()), count > 0,
            count <= 100_000
        else { return nil }
        seconds = count * unit
    }

    /// Its length for a ``Events/Timestamp``.
    public var microseconds: Int64 { seconds * 1_000_000 }

    /// A whole number of the longest unit up to a day: `14d`, `36h`.
    public var description: String {
        let units: [(name: String, seconds: Int64)] = [("d", 86_400), ("h", 3600), ("m", 60)]
        guard let unit = units.first(where: { seconds.isMultiple(of: $0.seconds) }) else { return "\(seconds)s" }
        return "\(seconds / unit.seconds)\(unit.name)"
    }
}

extension Timestamp {
    /// The time that is so much later.
    public func advanced(by period: Period) -> Timestamp {
        Timestamp(microseconds: microseconds + period.microseconds)
    }
}

import Events

/// A length of time as people write it: `90s`, `15m`, `24h`, `7d` or `2w`.
struct Period: Sendable, Equatable {
    let seconds: Int64

    init(seconds: Int64) {
        self.seconds = seconds
    }

    init?(_ text: String) {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
        guard let unit = text.last.flatMap({ units[$0] }), let count = Int64(text.dropLast()), count > 0,
            count <= 100_000
        else { return nil }
        seconds = count * unit
    }
}

extension Timestamp {
    /// The time that is so much later.
    func advanced(by period: Period) -> Timestamp {
        Timestamp(microseconds: microseconds + period.seconds * 1_000_000)
    }
}

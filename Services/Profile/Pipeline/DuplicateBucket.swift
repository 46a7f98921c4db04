import Events

/// Where copies of an event are looked for; see ``Schema/duplicate``.
enum DuplicateBucket {
    private static let hour: Int64 = 3_600_000_000
    private static let day = 24 * hour
    /// An event without a time of its own is told from its copies for so many days.
    private static let days: Int64 = 7

    /// The bucket of an event.
    static func of(_ header: EventHeader) -> Int64 {
        if let own = header.originalTimestamp { return abs(own.microseconds) / hour }
        return -1 - abs(header.receivedAt.microseconds) / day
    }

    /// The buckets in which a copy of an event in this one may be: for an event without a time the days around as well, the
    /// earliest first, since a replay may bring the later copy first.
    static func near(_ bucket: Int64) -> [Int64] {
        guard bucket < 0 else { return [bucket] }
        return [bucket] + (bucket - days + 1..<min(bucket + days, 0)).reversed().filter { $0 != bucket }
    }
}

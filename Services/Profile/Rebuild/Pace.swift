import MessageLog

/// How a rebuild makes room for the store in use: the busier that is, the longer it rests between batches.
struct Pace {
    private var last: [String: Offset] = [:]

    /// How long to rest after a batch that took so long, given how far the store in use has come and how far it is behind.
    mutating func rest(after batch: Duration, positions: [String: Offset], heads: [String: Offset]) -> Duration {
        defer { last = positions }
        let isBehind = heads.contains { positions[$0.key] ?? 0 < $0.value }
        guard isBehind || last != positions else { return .zero }
        return min(isBehind ? batch : batch / 2, .seconds(1))
    }
}

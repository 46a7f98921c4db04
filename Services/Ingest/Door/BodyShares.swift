/// How many bytes each body has of those that all may have, and which give way where there is no room.
///
/// A body that stands still gives way: one that never comes to its end would shut out all others. A body stands still that has not
/// grown by a thirtieth for two seconds. One that comes evenly grows by that within a second for as long as it may take to come, however
/// slow it is.
struct BodyShares: Sendable {
    /// One request's share.
    private struct Share: Sendable {
        var bytes = 0
        /// Ends when it has to give way; `nil` where no more comes, or so little that it is not worth it.
        var signal: AsyncStream<Void>.Continuation?
        /// Whether it had to give way; then it gets nothing more.
        var gaveWay = false
        /// How much it had when it had last grown by a good part, and when that was.
        var grown = 0
        var grewAt: ContinuousClock.Instant

        func standsStill(at now: ContinuousClock.Instant) -> Bool {
            signal != nil && bytes > 0 && now - grewAt >= BodyShares.patience
        }
    }

    /// How long a body may stand still while others need its room.
    static let patience = Duration.seconds(2)
    /// As many seconds as a body may take to come.
    private static let parts = 30

    /// All bytes that are taken now.
    private(set) var used = 0
    private let limit: Int
    private var shares: [Int: Share] = [:]
    private var last = 0

    /// Shares of which there are none yet.
    init(limit: Int) {
        self.limit = limit
    }

    /// A share of nothing, and the number it is known by.
    mutating func begin(at now: ContinuousClock.Instant) -> Int {
        last += 1
        shares[last] = Share(grewAt: now)
        return last
    }

    /// Makes sure that a share has so many bytes; a request that is alone always gets them.
    mutating func cover(_ count: Int, by number: Int, at now: ContinuousClock.Instant) -> Bool {
        guard let held = shares[number], !held.gaveWay else { return false }
        guard count > held.bytes else { return true }
        if used + count - held.bytes > limit { makeRoom(for: count - held.bytes, of: number, at: now) }
        guard used + count - held.bytes <= limit || used == held.bytes else { return false }
        used += count - held.bytes
        shares[number]?.bytes = count
        if count - held.grown > held.grown / Self.parts {
            shares[number]?.grown = count
            shares[number]?.grewAt = now
        }
        return true
    }

    /// Says that more of a body is to come, so that it can give way.
    mutating func expect(_ number: Int, telling signal: AsyncStream<Void>.Continuation) {
        shares[number]?.signal = signal
    }

    /// Says that no more of a body is to come.
    mutating func settle(_ number: Int) {
        shares[number]?.signal = nil
    }

    /// Takes a share's bytes back.
    mutating func giveBack(_ number: Int) {
        used -= shares[number]?.bytes ?? 0
        shares[number]?.bytes = 0
    }

    /// Takes all back.
    mutating func end(_ number: Int) {
        giveBack(number)
        shares[number] = nil
    }

    /// Takes back what others have that stand still, beginning with those that do so longest; nothing if all of it is not enough.
    private mutating func makeRoom(for more: Int, of number: Int, at now: ContinuousClock.Instant) {
        let still = shares.filter { $0.key != number && $0.value.standsStill(at: now) }
        guard used + more - still.values.reduce(0, { $0 + $1.bytes }) <= limit else { return }
        for (other, share) in still.sorted(by: { $0.value.grewAt < $1.value.grewAt }) where used + more > limit {
            giveBack(other)
            shares[other]?.gaveWay = true
            shares[other]?.signal = nil
            share.signal?.finish()
        }
    }
}

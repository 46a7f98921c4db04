/// How many copies there are of something on the log.
public struct Replicas: Sendable, Equatable {
    /// How many there should be.
    public var wanted: Int
    /// How many of these are not there: never made, out of reach, or far behind.
    public var missing: Int

    /// So many copies, some of which are missing.
    public init(wanted: Int, missing: Int = 0) {
        self.wanted = wanted
        self.missing = missing
    }

    /// What holds of two things together: as many as either should have, and as few as either has.
    func joined(with other: Replicas) -> Replicas {
        Replicas(wanted: max(wanted, other.wanted), missing: max(missing, other.missing))
    }
}

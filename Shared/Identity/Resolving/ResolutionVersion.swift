/// Which graph this code makes of events: with equal rules, equal versions make the same one.
public enum ResolutionVersion {
    /// Grows with every change after which the same events give another graph, other identifiers or other traits.
    ///
    /// A store that an earlier version has made goes on, with what it has; a rebuild brings it up to date.
    public static let current: Int64 = 5
}

/// Every number that bounds what a file of rules may say.
enum Bounds {
    static let priority = 0...1_000_000
    static let limit = 1...1_000_000
    static let sharedAbove = 1...1_000_000
    static let degreeLimit = 1...1_000_000_000
    /// A database's index takes no longer ones.
    static let identifierBytes = 1...2048
    static let traitBytes = 1...1_000_000
    /// An event that names one identifier joins nothing.
    static let identifiersPerEvent = 2...1000
    /// What an event may call an external id.
    static let namespaceBytes = 1...64
    /// Longer names of traits are not kept.
    static let traitNameBytes = 1...256
}

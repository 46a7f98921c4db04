/// What can be known of a stream before it is read.
public struct StreamOutline: Sendable, Equatable {
    /// By what it is called.
    public var name: String
    /// What tells one record from the others; empty when that is not known.
    public var keys: [String]
    /// The names of its records’ members, as far as they are known.
    public var fields: [String]
    /// Whether each run goes on where the last one stopped.
    public var isIncremental: Bool
    /// Whether it is read.
    public var isSelected: Bool

    /// An outline of its parts.
    public init(name: String, keys: [String] = [], fields: [String] = [], isIncremental: Bool, isSelected: Bool) {
        self.name = name
        self.keys = keys
        self.fields = fields
        self.isIncremental = isIncremental
        self.isSelected = isSelected
    }
}

/// What the check of a part of a source came to.
public struct PartCheck: Sendable, Equatable {
    /// Such as a stream; `nil` for the source as a whole.
    public var part: String?
    /// What keeps it from being read; `nil` when nothing does.
    public var failure: ConnectorFailure?

    /// A check of its parts.
    public init(part: String?, failure: ConnectorFailure?) {
        self.part = part
        self.failure = failure
    }
}

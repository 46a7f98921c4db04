/// How much of each partition of a topic to keep; what exceeds either limit may go.
public struct Retention: Sendable, Equatable {
    /// The age in microseconds beyond which records may be removed; nil keeps them whatever their age.
    public var age: Int64?
    /// The bytes a partition may take before its oldest records are removed; nil sets no limit.
    public var bytes: Int?

    /// A policy of its limits; without any, everything is kept.
    public init(age: Int64? = nil, bytes: Int? = nil) {
        self.age = age
        self.bytes = bytes
    }
}

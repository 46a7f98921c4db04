/// The identifiers of a profile.
struct ProfileMembership {
    var members: [Int64]
    /// The whole member with the least (first seen, namespace, value).
    var founder: Int64
    /// Whether every evidence of its members joins them to each other, in whatever order it is taken.
    var isPlain: Bool
    /// Whether it is nobody's: a shared or ambiguous identifier, or a device that several people used.
    var isShared: Bool
}

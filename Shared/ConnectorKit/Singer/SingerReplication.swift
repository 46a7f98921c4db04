/// How a stream is to be read, where that differs from what the tap would do.
public struct SingerReplication: Sendable, Equatable {
    /// `FULL_TABLE`, `INCREMENTAL` or `LOG_BASED`; `nil` leaves it to the tap.
    public var method: Method?
    /// The member by which it goes on; `nil` leaves it to the tap.
    public var key: String?

    /// The ways to read a stream.
    public enum Method: String, Sendable, CaseIterable {
        case full = "FULL_TABLE"
        case incremental = "INCREMENTAL"
        case log = "LOG_BASED"
    }

    /// A choice of its parts.
    public init(method: Method? = nil, key: String? = nil) {
        self.method = method
        self.key = key
    }
}

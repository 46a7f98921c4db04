/// A record that gave no event.
public struct RejectedRecord: Sendable, Equatable {
    /// A short constant word for the cause.
    public var code: String
    /// One sentence for a person.
    public var reason: String
    /// The record as it came.
    public var payload: [UInt8]

    /// A rejected record of its parts.
    public init(code: String, reason: String, payload: [UInt8]) {
        self.code = code
        self.reason = reason
        self.payload = payload
    }
}

/// Why a record gives no event.
public struct RecordError: Error, Equatable, Sendable {
    /// A short constant word for the cause.
    public var code: String
    /// One sentence for a person.
    public var reason: String

    /// An error of its parts.
    public init(_ code: String, _ reason: String) {
        self.code = code
        self.reason = reason
    }
}

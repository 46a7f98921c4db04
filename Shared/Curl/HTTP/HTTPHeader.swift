/// A header of a request or an answer.
public struct HTTPHeader: Sendable, Equatable {
    /// Its name; upper and lower case do not matter.
    public var name: String
    /// Its value, without white space around it.
    public var value: String

    /// A header of its parts.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

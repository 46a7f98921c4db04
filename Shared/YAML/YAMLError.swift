/// What is wrong with a file, and where.
public struct YAMLError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The line it stands on, from 1; `nil` when it is about no line.
    public var line: Int?
    /// One sentence, or two.
    public var problem: String

    /// An error of its parts.
    public init(line: Int? = nil, problem: String) {
        self.line = line
        self.problem = problem
    }

    /// The sentence behind its line.
    public var description: String {
        guard let line else { return problem }
        return "line \(line): \(problem)"
    }
}

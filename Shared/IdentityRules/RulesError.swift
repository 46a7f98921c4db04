import YAML

/// Why a file of identity rules cannot be used.
public struct RulesError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file's path, where it is known.
    public var file: String?
    /// The line, from 1; `nil` when it is about no line.
    public var line: Int?
    /// The namespace or trait that it is about.
    public var subject: String?
    /// What is wrong with which field, and what could be there instead.
    public var problem: String

    init(_ error: YAMLError, subject: String? = nil) {
        line = error.line
        self.subject = subject
        problem = error.problem
    }

    /// The sentence behind its place: `identity.yaml, line 3, namespace “email”: …`.
    public var description: String {
        let place = [file, line.map { "line \($0)" }, subject].compactMap { $0 }.joined(separator: ", ")
        return place.isEmpty ? problem : "\(place): \(problem)"
    }
}

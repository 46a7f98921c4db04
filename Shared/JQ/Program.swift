public import Events
import Synchronization

/// A compiled jq program, which turns one JSON value into any number of others.
///
/// - It knows jq's own functions and those of its library; the values of its variables it is given at each run.
/// - Numbers keep their texts: see ``NumberTags``.
/// - It knows `sha256`, `md5` and `lowercase` besides: see ``DeferredFunction``.
/// - It may be run from anywhere; one run at a time, the others wait.
public final class Program: Sendable {
    /// The program as it was written.
    public let source: String
    private let variables: [String]
    private let interpreter: Mutex<Interpreter>

    /// Compiles a program.
    ///
    /// - Parameters:
    ///   - library: Definitions that it may use, which may use the variables themselves.
    ///   - variables: The names of the variables that each run gives, without the dollar sign; besides them, `$record`
    ///     is the value that the program runs on.
    public init(
        _ source: String,
        library: String = "",
        variables: [String] = []
    ) throws(ProgramError) {
        self.source = source
        self.variables = variables
        let names = (["record"] + variables).map { "$\($0)" }.joined(separator: ", ")
        // On a line of its own: the program may end with a comment.
        let text =
            "\(NumberTags.library) \(DeferredFunction.library) . as [\(names)] | \(library) $record | (\(source)\n)"
        interpreter = Mutex(try Interpreter(compiling: text, in: source))
    }

    /// Runs the program on a value and returns everything that it gives.
    ///
    /// A variable that is not given is null. More outputs than the limit are an error.
    public func run(
        _ input: JSONValue,
        variables values: [String: JSONValue] = [:],
        limit: Int = 10_000
    ) throws(ProgramError) -> [JSONValue] {
        let whole = JSONValue.array([input] + variables.map { values[$0] ?? .null })
        let result = interpreter.withLock { interpreter in
            Result { () throws(ProgramError) in try interpreter.run(whole, limit: limit) }
        }
        return try result.get()
    }
}

/// Why a program cannot be compiled or run.
public struct ProgramError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What jq says.
    public var problem: String

    /// An error that says so.
    public init(problem: String) {
        self.problem = problem
    }

    /// One sentence.
    public var description: String { problem }
}

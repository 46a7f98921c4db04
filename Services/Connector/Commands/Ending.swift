import ArgumentParser
import ConnectorKit
import Glibc
import ServiceKit

/// There is nothing of the name that the command line has.
struct NothingOfThisName: Error, CustomStringConvertible {
    let description: String

    init(connector name: String, among names: [String]) {
        description = "There is no connector “\(name)”; there are \(names.joined(separator: ", "))."
    }
}

extension Main {
    private static let wrongInput: Int32 = 2
    private static let notFound: Int32 = 3

    /// Runs the command that was asked for.
    ///
    /// People call it as “kith connector”: it ends with the codes that “kith --help” promises, and its mistakes are told without
    /// how this program is called.
    static func main() async {
        do {
            try await parseAsRoot().perform()
        } catch {
            end(with: error)
        }
        endProcess(with: EXIT_SUCCESS)
    }

    private static func end(with error: any Error) -> Never {
        let code = exitCode(for: error)
        // Help that was asked for is the answer, not a mistake.
        if code.isSuccess { exit(withError: error) }
        let text = message(for: error)
        if !text.isEmpty { tell("Error: \(text)") }
        if namesNothing(error) { endProcess(with: notFound) }
        endProcess(with: code == .validationFailure ? wrongInput : code.rawValue)
    }

    /// Whether there is nothing of a name, or a type, that the command line has.
    private static func namesNothing(_ error: any Error) -> Bool {
        if case .unknownType? = error as? SettingsError { return true }
        return error is NothingOfThisName
    }

    /// Says something that is no answer.
    static func tell(_ text: String) {
        _ = Array("\(text)\n".utf8).withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}

public import ArgumentParser
import Glibc

extension ParsableCommand {
    /// Runs a command that was parsed, whichever kind it is.
    public func perform() async throws {
        var command: any ParsableCommand = self
        if var asynchronous = command as? any AsyncParsableCommand {
            try await asynchronous.run()
        } else {
            try command.run()
        }
    }

    /// Runs the command that the process was started with, and ends the process, having said why if it failed.
    public static func runToTheEnd() async -> Never {
        do {
            try await parseAsRoot().perform()
        } catch {
            let code = exitCode(for: error)
            let text = fullMessage(for: error)
            // Help that was asked for is the answer, not a mistake.
            if !text.isEmpty { say(text, on: code.isSuccess ? STDOUT_FILENO : STDERR_FILENO) }
            endProcess(with: code.rawValue)
        }
        endProcess(with: EXIT_SUCCESS)
    }

    private static func say(_ text: String, on descriptor: Int32) {
        _ = Array("\(text)\n".utf8).withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    }
}

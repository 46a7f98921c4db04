import ArgumentParser
import ServiceKit

/// Runs the command that was asked for, and ends the process with a ``CommandStatus``.
@main
struct Main {
    static func main() async {
        do {
            try await Kith.parseAsRoot().perform()
            try Terminal.requireWholeOutput()
        } catch {
            end(with: error)
        }
        CommandStatus.success.end()
    }

    private static func end(with error: any Error) -> Never {
        if let error = error as? CommandError {
            Terminal.errors.line(error.rendered(on: .errors))
            error.status.end()
        }
        let text = Kith.fullMessage(for: error)
        // Help that was asked for is the answer, not a mistake.
        if Kith.exitCode(for: error).isSuccess {
            Terminal.output.line(text)
            CommandStatus.success.end()
        }
        Terminal.errors.line(text)
        let isUsage = Kith.exitCode(for: error) == .validationFailure
        (isUsage ? CommandStatus.usage : .failure).end()
    }
}

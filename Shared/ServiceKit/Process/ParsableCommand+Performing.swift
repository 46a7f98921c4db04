public import ArgumentParser

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
}

import ArgumentParser

/// The connector service, and what helps to make connectors for it.
@main
struct Main: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connector",
        abstract: "Brings events in from outside systems, and delivers commands to them.",
        subcommands: [Serve.self, List.self, Show.self, New.self, Test.self, Add.self],
        defaultSubcommand: Serve.self
    )
}

import ArgumentParser
import Glibc

/// What the program `connector` does itself, without a running instance.
protocol ConnectorTool: ParsableCommand {
    var arguments: [String] { get }
}

extension ConnectorTool {
    func run() throws {
        let name = Self.configuration.commandName ?? ""
        let container = "docker compose run --rm --no-deps connector \(name)"
        let program = try Programs([.connector], inContainers: container).path(of: .connector)
        let command = [program, name] + arguments
        var copies = command.map { strdup($0) } + [nil]
        execv(program, &copies)
        throw CommandError(.failure, "Could not start \(program): \(String(cString: strerror(errno))).")
    }
}

extension ArgumentHelp {
    /// What is said of the arguments of a ``ConnectorTool``.
    fileprivate static var passedOn: ArgumentHelp { "The command with --help shows them." }
}

extension Connector {
    struct List: ConnectorTool {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List every connector: those that are built in, and those that a manifest describes."
        )
        @Argument(parsing: .captureForPassthrough, help: .passedOn) var arguments: [String] = []
    }

    struct Show: ConnectorTool {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Show a connector's settings, streams, webhook and actions."
        )
        @Argument(parsing: .captureForPassthrough, help: .passedOn) var arguments: [String] = []
    }

    struct New: ConnectorTool {
        static let configuration = CommandConfiguration(
            commandName: "new",
            abstract: "Make a connector's folder to begin with, whose test passes."
        )
        @Argument(parsing: .captureForPassthrough, help: .passedOn) var arguments: [String] = []
    }

    struct Add: ConnectorTool {
        static let configuration = CommandConfiguration(
            commandName: "add",
            abstract: "Add a connector to the configuration."
        )
        @Argument(parsing: .captureForPassthrough, help: .passedOn) var arguments: [String] = []
    }

    struct Test: ConnectorTool {
        static let configuration = CommandConfiguration(
            commandName: "test",
            abstract: "Serve connectors' fixtures, and compare every request and every event."
        )
        @Argument(parsing: .captureForPassthrough, help: .passedOn) var arguments: [String] = []
    }
}

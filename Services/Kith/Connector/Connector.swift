import ArgumentParser
import Glibc

/// What helps to make connectors; the program `connector` does it.
struct Connector: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List, show, make and test connectors.",
        discussion: """
            kith connector list                 every connector that there is
            kith connector show NAME            its settings, streams, webhook and actions
            kith connector new NAME             make a folder to begin with, whose test passes
            kith connector test [NAME …]        serve the fixtures and compare every request and event

            Connectors of your own lie in the folder “connectors” of the data directory, or where --connectors or
            KITH_CONNECTORS says.
            """
    )

    private static let tools = ["list", "show", "new", "test"]

    @Argument(parsing: .captureForPassthrough, help: "list, show, new or test, and what belongs to it.")
    var arguments: [String] = []

    func run() throws {
        guard let tool = arguments.first, Self.tools.contains(tool) else {
            guard arguments.isEmpty || ["--help", "-h"].contains(arguments[0]) else {
                throw ValidationError("There is no “\(arguments[0])”; there are \(Self.tools.joined(separator: ", ")).")
            }
            throw CleanExit.helpRequest(self)
        }
        let program = try Programs().path(of: .connector)
        var copies = ([program] + arguments).map { strdup($0) } + [nil]
        execv(program, &copies)
        throw CommandError(.failure, "Could not start \(program): \(String(cString: strerror(errno))).")
    }
}

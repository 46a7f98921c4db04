import ArgumentParser
import ConnectorKit

/// Tests connectors by their fixtures.
struct Test: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve a connector's fixtures on this machine, and compare every request and every event."
    )

    @OptionGroup var folders: FolderOptions
    @Argument(help: "The connectors to test; by default all of them.")
    var names: [String] = []

    func run() async throws {
        let shelf = folders.manifests()
        for name in names where shelf.folder(of: name) == nil {
            throw NothingOfThisName(connector: name, among: shelf.names)
        }
        var failures = 0
        for name in names.isEmpty ? shelf.names : names {
            let results = try await FixtureFolder(shelf: shelf, name: name).results()
            for result in results {
                print("\(result.problems.isEmpty ? "ok    " : "FAIL  ")\(name)/\(result.file)")
                for problem in result.problems { print("      \(problem)") }
                if !result.problems.isEmpty { failures += 1 }
            }
        }
        if failures > 0 { throw ExitCode(1) }
    }
}

import ArgumentParser
import ConnectorKit

/// Makes a connector’s folder.
struct New: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a connector's folder to begin with, whose test passes."
    )

    @Argument(help: "The connector's name, such as acme.")
    var name: String
    @Option(
        name: .customLong("in"),
        help: ArgumentHelp(
            "Where its folder is made (KITH_CONNECTORS); by default in the folder connectors of the data directory.",
            valueName: "dir"
        )
    )
    var parent: String?

    func run() throws {
        let isName = name.utf8.allSatisfy { "abcdefghijklmnopqrstuvwxyz0123456789-_".utf8.contains($0) }
        guard isName, !name.isEmpty else {
            throw ValidationError("A connector's name has small letters, digits, - and _ only.")
        }
        guard Catalog.builtIn().isDeclared(name) else {
            throw ValidationError("\(name) is built in, and a manifest would not take its place; choose another name.")
        }
        let named = parent ?? FolderOptions.named
        let folder = "\(named ?? FolderOptions.folder())/\(name)"
        guard !Folder.exists(folder) else {
            throw ValidationError("\(folder) is there already; choose another name, or remove it.")
        }
        // It may be the first folder of the data directory, which is nobody else's to look into.
        try Folder.make("\(folder)/fixtures", mode: named == nil ? 0o750 : 0o755)
        for (file, text) in Scaffold.files(for: name) {
            try Folder.write(text, to: "\(folder)/\(file)")
        }
        let option = parent.map { " --connectors \($0)" } ?? ""
        print(
            """
            Made \(folder). Now:
              1. say in \(folder)/manifest.yaml what the vendor is asked and what its records mean,
              2. put the vendor's real answers into \(folder)/fixtures,
              3. kith connector test \(name)\(option)
            """
        )
    }
}

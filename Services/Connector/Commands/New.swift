import ArgumentParser

/// Makes a connector’s folder.
struct New: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a connector’s folder to begin with, whose test passes."
    )

    @Argument(help: "The connector’s name, such as acme.")
    var name: String
    @Option(help: ArgumentHelp("Where the folder is made.", valueName: "dir"))
    var `in` = "connectors"

    func run() throws {
        let isName = name.utf8.allSatisfy { "abcdefghijklmnopqrstuvwxyz0123456789-_".utf8.contains($0) }
        guard isName, !name.isEmpty else {
            throw ValidationError("A connector’s name has small letters, digits, - and _ only.")
        }
        let folder = "\(`in`)/\(name)"
        guard !Folder.exists(folder) else {
            throw ValidationError("\(folder) is there already; choose another name, or remove it.")
        }
        try Folder.make("\(folder)/fixtures")
        for (file, text) in Scaffold.files(for: name) {
            try Folder.write(text, to: "\(folder)/\(file)")
        }
        print(
            """
            Made \(folder). Now:
              1. say in \(folder)/manifest.yaml what the vendor is asked and what its records mean,
              2. put the vendor’s real answers into \(folder)/fixtures,
              3. kith connector test \(name) --connectors \(`in`)
            """
        )
    }
}

import ArgumentParser
import ConnectorKit

/// Lists every connector.
struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List every connector: those that are built in, and those that a manifest describes."
    )

    @OptionGroup var folders: FolderOptions

    func run() throws {
        let natives = Catalog.builtIn().natives
        let built = natives.map { (name: $0.type, text: Self.text(of: $0)) }
        let shelf = folders.manifests()
        // What is built in counts before a manifest of the same name.
        let names = shelf.names.filter { name in !natives.contains { $0.type == name } }
        var described: [(name: String, text: String)] = []
        var problems: [String] = []
        for name in names {
            do {
                described.append((name: name, text: try Self.text(of: name, on: shelf)))
            } catch {
                problems.append("\(shelf.folder(of: name) ?? name)/manifest.yaml: \(error)")
            }
        }
        let rows = (built + described).sorted { $0.name < $1.name }
        let width = rows.map(\.name.count).max() ?? 0
        for row in rows {
            print("\(row.name)\(String(repeating: " ", count: width - row.name.count))  \(row.text)")
        }
        for folder in shelf.strays { Main.tell("\(folder) has no manifest.yaml and is ignored.") }
        // One that is being written hides none of the others.
        for problem in problems { Main.tell("Error: \(problem)") }
        if !problems.isEmpty { throw ExitCode(1) }
    }

    private static func text(of card: NativeCard) -> String {
        "\(roles(isSource: card.source != nil, isDestination: card.destination != nil)), built in: \(card.summary)"
    }

    private static func text(of name: String, on shelf: ManifestFolders) throws -> String {
        let card = try ManifestCard(try Folder.text(of: "\(shelf.folder(of: name) ?? "")/manifest.yaml"))
        return "\(roles(isSource: card.isSource, isDestination: card.isDestination)): \(card.summary)"
    }

    private static func roles(isSource: Bool, isDestination: Bool) -> String {
        [isSource ? "source" : nil, isDestination ? "destination" : nil].compactMap { $0 }.joined(separator: ", ")
    }
}

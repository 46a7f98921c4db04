import ArgumentParser
import ConnectorKit

/// Lists every connector.
struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List every connector that a manifest describes.")

    @OptionGroup var folders: FolderOptions

    func run() throws {
        let shelf = folders.manifests()
        let names = shelf.names
        let width = names.map(\.count).max() ?? 0
        for name in names {
            let card = try ManifestCard(try Folder.text(of: "\(shelf.folder(of: name) ?? "")/manifest.yaml"))
            let roles = [card.isSource ? "source" : nil, card.isDestination ? "destination" : nil].compactMap { $0 }
            let padding = String(repeating: " ", count: width - name.count)
            print("\(name)\(padding)  \(roles.joined(separator: ", ")): \(card.summary)")
        }
    }
}

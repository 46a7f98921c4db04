import ArgumentParser
import ConnectorKit

/// Lists every connector.
struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List every connector that a manifest describes.")

    @OptionGroup var folders: FolderOptions

    func run() throws {
        let shelf = folders.manifests()
        let manifests = try shelf.names.compactMap { try shelf.manifest($0) }
        let width = manifests.map(\.name.count).max() ?? 0
        for manifest in manifests {
            let name = manifest.name + String(repeating: " ", count: width - manifest.name.count)
            print("\(name)  \(manifest.roles.joined(separator: ", ")): \(manifest.summary)")
        }
    }
}

extension Manifest {
    /// What it can be used for.
    fileprivate var roles: [String] {
        [isSource ? "source" : nil, isDestination ? "destination" : nil].compactMap { $0 }
    }
}

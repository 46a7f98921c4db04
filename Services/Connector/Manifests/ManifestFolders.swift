import ConnectorKit
import YAML

/// The folders in which connectors lie, each in a folder of its own; the first that has a name counts.
struct ManifestFolders: ManifestShelf {
    let folders: [String]

    /// The user's folders, before those that come with Kith.
    init(_ own: [String] = []) {
        folders = own + [Self.shipped]
    }

    /// What comes with Kith lies beside the program.
    static let shipped = "\(Folder.ofProgram)/kith_ConnectorService.resources/Catalog"

    var names: [String] {
        let found = folders.flatMap { Folder.names(in: $0) }
        return Set(found).filter { folder(of: $0) != nil }.sorted()
    }

    /// The folders that lie among connectors and are none, as they have no `manifest.yaml`.
    var strays: [String] {
        let found = folders.flatMap { folder in
            Folder.names(in: folder).filter { !$0.hasPrefix(".") }.map { "\(folder)/\($0)" }
        }
        return Set(found).filter { Folder.isFolder($0) && !Folder.exists("\($0)/manifest.yaml") }.sorted()
    }

    /// The folder of a connector.
    func folder(of name: String) -> String? {
        guard !name.isEmpty, !name.contains("/"), !name.hasPrefix(".") else { return nil }
        return folders.map { "\($0)/\(name)" }.first { Folder.exists("\($0)/manifest.yaml") }
    }

    func manifest(_ name: String) throws(ManifestError) -> Manifest? {
        guard let folder = folder(of: name) else { return nil }
        let file = "\(folder)/manifest.yaml"
        let text: String
        do throws(FileError) {
            text = try Folder.text(of: file)
        } catch {
            throw ManifestError(file: file, problem: "\(error)")
        }
        do throws(YAMLError) {
            return try Manifest(name: name, text)
        } catch {
            throw ManifestError(file: file, problem: error.description)
        }
    }
}

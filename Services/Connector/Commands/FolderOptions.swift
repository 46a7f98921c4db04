import ArgumentParser
import ServiceKit

/// Where connectors are found besides those that come with Kith.
struct FolderOptions: ParsableArguments {
    @Option(
        name: .customLong("connectors"),
        help: ArgumentHelp("A folder with connectors of your own (KITH_CONNECTORS).", valueName: "dir")
    )
    var own: String?

    /// Where the option or the environment says, then the folder `connectors` of the data directory.
    func manifests(in data: String? = nil) -> ManifestFolders {
        let said = own ?? Environment["KITH_CONNECTORS"]
        return ManifestFolders([said, "\(data ?? Environment["KITH_DATA"] ?? ".kith")/connectors"].compactMap { $0 })
    }
}

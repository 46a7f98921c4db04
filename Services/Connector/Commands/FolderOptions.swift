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
        ManifestFolders([own ?? Self.named, Self.folder(in: data)].compactMap { $0 })
    }

    /// The folder that the environment names.
    static var named: String? { Environment["KITH_CONNECTORS"] }

    /// The folder in a data directory, or in the usual one.
    static func folder(in data: String? = nil) -> String {
        "\(data ?? Environment["KITH_DATA"] ?? ".kith")/connectors"
    }
}

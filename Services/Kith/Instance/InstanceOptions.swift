import ArgumentParser
import ServiceKit

/// How a command finds the instance to talk to.
struct InstanceOptions: ParsableArguments, Sendable {
    private static let usualDirectory = ".kith"
    static var defaultDirectory: String { Environment["KITH_DATA"] ?? usualDirectory }

    @Option(
        help: ArgumentHelp("The data directory of a running “kith up” (KITH_DATA).", valueName: "dir"),
        completion: .directory
    )
    var data: String = InstanceOptions.defaultDirectory

    @Option(help: "The query API's address, instead of the one in the data directory (KITH_URL).")
    var url: String?

    @Option(help: "The key to use there (KITH_KEY).")
    var key: String?

    /// Whether an address was given, so that the data directory is not the one to look at.
    var isRemote: Bool { (url ?? Environment["KITH_URL"]) != nil }

    /// Whether somebody said which data directory it is.
    var isDirectoryNamed: Bool { Environment["KITH_DATA"] != nil || data != Self.usualDirectory }

    /// The instance that these options mean.
    func instance() throws(CommandError) -> Instance {
        let key = try givenKey()
        if let url = url ?? Environment["KITH_URL"] {
            return Instance(urls: Instance.urls(profile: url), key: key, keys: nil, directory: nil)
        }
        let directory = DataDirectory(data)
        guard let ready = try ReadyFile.load(from: directory.readyFile) else {
            throw CommandError(
                .unreachable,
                "No running Kith is recorded in \(data).",
                remedy: "Start it with “kith up”, or say where it is: --data, or --url and --key."
            )
        }
        return Instance(ready, key: key)
    }

    private func givenKey() throws(CommandError) -> String? {
        if let key { return key }
        do throws(SecretFileError) { return try Environment.secret("KITH_KEY") } catch {
            throw CommandError(.failure, error.description)
        }
    }
}

import ArgumentParser
import ServiceKit

/// How a command finds the instance to talk to; what the command line says counts before the environment.
struct InstanceOptions: ParsableArguments, Sendable {
    static var defaultDirectory: String { Environment["KITH_DATA"] ?? ".kith" }

    @Option(
        name: .customLong("data"),
        help: ArgumentHelp("The data directory of a running “kith up” (KITH_DATA; default: .kith).", valueName: "dir"),
        completion: .directory
    )
    var givenData: String?

    @Option(help: "The query API's address, instead of the one in the data directory (KITH_URL).")
    var url: String?

    @Option(help: "The key to use there (KITH_KEY).")
    var key: String?

    /// The data directory.
    var data: String { givenData ?? Self.defaultDirectory }

    /// The address that was given, so that the data directory is not the one to look at.
    var address: String? { url ?? (givenData == nil ? Environment["KITH_URL"] : nil) }

    /// Whether somebody said which data directory it is.
    var isDirectoryNamed: Bool { givenData != nil || Environment["KITH_DATA"] != nil }

    /// The instance that these options mean.
    func instance() throws(CommandError) -> Instance {
        let key = try givenKey()
        if let address {
            return Instance(urls: Instance.urls(profile: address), key: key, keys: nil)
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

    /// The key that was given; one in the environment belongs to the address there, and is for no other instance.
    private func givenKey() throws(CommandError) -> String? {
        if let key { return key }
        if address == nil, Environment["KITH_URL"] != nil { return nil }
        do throws(SecretFileError) { return try Environment.secret("KITH_KEY") } catch {
            throw CommandError(.failure, error.description)
        }
    }
}

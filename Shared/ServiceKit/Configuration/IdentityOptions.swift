public import ArgumentParser
public import IdentityRules

/// Where a service finds the identity rules.
public struct IdentityOptions: ParsableArguments, Sendable {
    /// The file with the rules; by default `identity.yaml` in the data directory.
    @Option(help: "The identity rules; by default identity.yaml in the data directory (KITH_IDENTITY).")
    public var identity: String?

    /// Creates the options with their defaults.
    public init() {}

    /// The file; one that the command line names must be there, and where else it may be, there need not be any.
    public func file(in data: String) -> IdentityRulesFile {
        if let identity { return IdentityRulesFile(path: identity, mustExist: true) }
        return IdentityRulesFile(path: Environment["KITH_IDENTITY"] ?? "\(data)/identity.yaml")
    }
}

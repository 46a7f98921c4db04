import ConnectorKit
import Events

/// A source together with what its events' envelopes say.
struct ConfiguredSource: Sendable {
    let name: String
    let type: String
    let source: any Source
    /// The namespace of its user ids; `nil` means `user`.
    let userNamespace: String?
    /// Its events are a back-fill: they start no journey.
    let isHistorical: Bool
    /// Under which name its state is kept.
    let stateName: String

    /// The settings that every source has.
    static let fields: [SettingField] = [
        .optional("userNamespace", "The namespace that the userId of its events is in.", default: "user"),
        .optional("historical", "Whether its events are a back-fill, which sends no message; true for files."),
    ]

    init(_ entry: Configuration.Entry, catalog: Catalog, stateName: String? = nil) throws {
        let common = Self.fields.map(\.name)
        do throws(SettingsError) {
            let shared = try Settings(entry.values.filter { common.contains($0.key) }, declared: Self.fields)
            source = try catalog.source(
                name: entry.name,
                type: entry.type,
                values: entry.values.filter { !common.contains($0.key) }
            )
            if let interval = source.interval, interval <= .zero {
                throw .invalid("interval", reason: "is zero: the source would be read again and again without a pause")
            }
            userNamespace = try Self.userNamespace(shared)
            isHistorical = try shared.flag("historical") ?? (source is any FileSource)
        } catch {
            throw ConfigurationError(entry, "is wrong: \(error.knowing(common + entry.others))")
        }
        name = entry.name
        type = entry.type
        self.stateName = stateName ?? entry.name
    }

    private static func userNamespace(_ settings: Settings) throws(SettingsError) -> String? {
        guard let namespace = try settings.text("userNamespace"), namespace != "user" else { return nil }
        guard Identifier.isNamespace(namespace) else {
            throw .invalid(
                "userNamespace",
                reason: "is not one word of 1 to 64 lower-case letters, digits, “.”, “-” and “_”"
            )
        }
        return namespace
    }
}

extension SettingsError {
    /// The same, where these settings are known as well; what is unknown inside of a setting is none of them.
    func knowing(_ others: [String]) -> SettingsError {
        guard case .unknown(let name, let known) = self, !name.contains(".") else { return self }
        return .unknown(name, known: known + others.filter { !known.contains($0) })
    }
}

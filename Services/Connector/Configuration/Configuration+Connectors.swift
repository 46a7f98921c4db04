import ConnectorKit

extension Configuration {
    /// Every source and every destination; a connector is one of them, or both under one name.
    func configured(by catalog: Catalog) throws -> (sources: [ConfiguredSource], destinations: [ConfiguredDestination])
    {
        var (sources, destinations) = (self.sources, self.destinations)
        for entry in connectors {
            let roles: (isSource: Bool, isDestination: Bool)
            do throws(SettingsError) {
                roles = try catalog.roles(of: entry.type)
            } catch {
                throw ConfigurationError(entry.name, "is wrong: \(error)")
            }
            if roles.isSource { sources.append(entry.without(roles.isDestination ? DeliverySettings.fields : [])) }
            if roles.isDestination {
                let fields = ConfiguredSource.fields + DeclarativeSource.fields
                destinations.append(entry.without(roles.isSource ? fields : []))
            }
        }
        try Self.checkNames(sources)
        try Self.checkNames(destinations)
        return (
            try sources.map { try ConfiguredSource($0, catalog: catalog) },
            try destinations.map { try ConfiguredDestination($0, catalog: catalog) }
        )
    }

    private static func checkNames(_ entries: [Entry]) throws(ConfigurationError) {
        var names: Set<String> = []
        for entry in entries where !names.insert(entry.name).inserted {
            throw ConfigurationError(entry.name, "is there twice")
        }
    }
}

extension Configuration.Entry {
    /// Without the settings that are of its other half only.
    fileprivate func without(_ fields: [SettingField]) -> Configuration.Entry {
        var entry = self
        for field in fields { entry.values[field.name] = nil }
        return entry
    }
}

import ConnectorKit

extension Configuration {
    /// Every source and every destination; a connector is one of them, or both under one name.
    func configured(by catalog: Catalog) throws -> (sources: [ConfiguredSource], destinations: [ConfiguredDestination])
    {
        var (sources, destinations) = (self.sources, self.destinations)
        for entry in connectors {
            let halves: (source: [SettingField]?, destination: [SettingField]?)
            do throws(SettingsError) {
                halves = try catalog.fields(of: entry.type)
            } catch {
                throw ConfigurationError(entry, "is wrong: \(error)")
            }
            let source = halves.source.map { $0 + ConfiguredSource.fields }
            if let source { sources.append(entry.half(source, beside: halves.destination)) }
            if let fields = halves.destination { destinations.append(entry.half(fields, beside: source)) }
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
            throw ConfigurationError(entry, "is there twice")
        }
    }
}

extension Configuration.Entry {
    /// Without the settings that only the other half knows.
    fileprivate func half(_ fields: [SettingField], beside other: [SettingField]?) -> Configuration.Entry {
        var entry = self
        entry.others = (other ?? []).map(\.name).filter { name in !fields.contains { $0.name == name } }
        for name in entry.others { entry.values[name] = nil }
        return entry
    }
}

public import Events

/// The sources that a configuration may name.
public struct SourceCatalog: Sendable {
    private let types: [any Source.Type]

    /// A catalog of these.
    public init(_ types: [any Source.Type]) {
        self.types = types
    }

    /// Makes the source that a configuration entry describes.
    public func make(
        name: String,
        type: String,
        values: [String: JSONValue]
    ) throws(SettingsError) -> any Source {
        guard let found = types.first(where: { $0.type == type }) else {
            throw .unknownType(type, known: types.map { $0.type })
        }
        return try found.init(SourceSetup(name: name, settings: Settings(values, declared: found.settings)))
    }
}

/// The destinations that a configuration may name.
public struct DestinationCatalog: Sendable {
    private let types: [any Destination.Type]

    /// A catalog of these.
    public init(_ types: [any Destination.Type]) {
        self.types = types
    }

    /// Makes the destination that a configuration entry describes, and says how to deliver to it.
    public func make(
        name: String,
        type: String,
        values: [String: JSONValue]
    ) throws(SettingsError) -> (destination: any Destination, delivery: DeliverySettings) {
        guard let found = types.first(where: { $0.type == type }) else {
            throw .unknownType(type, known: types.map { $0.type })
        }
        let settings = try Settings(values, declared: found.settings + DeliverySettings.fields)
        return (try found.init(name: name, settings: settings), try DeliverySettings(settings))
    }
}

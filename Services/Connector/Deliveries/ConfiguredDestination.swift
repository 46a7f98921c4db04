import ConnectorKit

/// A destination together with how its commands are delivered.
struct ConfiguredDestination: Sendable {
    let name: String
    let type: String
    let destination: any Destination
    let delivery: DeliverySettings

    init(_ entry: Configuration.Entry, catalog: Catalog) throws {
        do throws(SettingsError) {
            (destination, delivery) = try catalog.destination(name: entry.name, type: entry.type, values: entry.values)
        } catch {
            throw ConfigurationError(entry, "is wrong: \(error.knowing(entry.others))")
        }
        name = entry.name
        type = entry.type
    }
}

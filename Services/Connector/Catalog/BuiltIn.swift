import ConnectorKit

extension SourceCatalog {
    /// The sources that come with Kith.
    static let builtIn = SourceCatalog([
        CSVSource.self, NDJSONSource.self, IMAPSource.self, WebhookSource.self,
    ])
}

extension DestinationCatalog {
    /// The destinations that come with Kith.
    static let builtIn = DestinationCatalog([SMTPDestination.self, WebhookDestination.self])
}

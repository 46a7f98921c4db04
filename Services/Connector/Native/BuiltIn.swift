import ConnectorKit
import Curl
import ServiceKit

extension Catalog {
    /// Everything that comes with Kith: the connectors written in Swift, and those in the folders of manifests.
    static func builtIn(
        manifests: any ManifestShelf = EmptyShelf(),
        native: @escaping @Sendable (String) -> SourceSurroundings = { _ in SourceSurroundings() },
        vault: @escaping @Sendable (String) -> any Vault = { _ in MemoryVault() }
    ) -> Catalog {
        Catalog(
            sources: [
                CSVSource.self, NDJSONSource.self, IMAPSource.self, PostgreSQLSource.self, SingerSource.self,
                WebhookSource.self,
            ],
            destinations: [
                SMTPDestination.self, WebhookDestination.self, CSVDestination.self, NDJSONDestination.self,
                PostgreSQLDestination.self,
            ],
            manifests: manifests,
            native: native
        ) { name in
            // Threads of its own, as many as a destination may have deliveries under way and some to read by: a vendor that does not
            // answer holds up no other.
            Surroundings(HTTPClient(HTTPClient.Options(concurrency: 80)), vault: vault(name))
        }
    }
}

extension Surroundings {
    /// The real ones.
    init(_ client: HTTPClient, vault: any Vault) {
        self.init(
            send: { request throws(CurlError) in try await client.send(request) },
            now: { SystemClock.now() },
            sleep: { pause throws(CancellationError) in
                do {
                    try await Task.sleep(for: pause)
                } catch {
                    throw CancellationError()
                }
            },
            vault: vault
        )
    }
}

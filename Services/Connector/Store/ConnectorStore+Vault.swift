import ConnectorKit
import Events
import Store

extension ConnectorStore {
    /// The vault of the connector of this name.
    func vault(of connector: String) -> any Vault { StoredVault(store: self, connector: connector) }
}

/// A connector's secrets in the store.
private struct StoredVault: Vault {
    let store: ConnectorStore
    let connector: String

    func value(_ name: String) async throws -> JSONValue? {
        let connector = connector
        let text = try await store.read { db in
            try db.value(
                "SELECT value FROM vault WHERE connector = ? AND name = ?",
                [connector, name],
                as: String.self
            )
        }
        return text.flatMap { try? JSONValue(parsing: Array($0.utf8)) }
    }

    func keep(_ value: JSONValue, as name: String) async throws {
        let (connector, text) = (connector, value.text)
        try await store.write { db in
            try db.execute(
                """
                INSERT INTO vault (connector, name, value) VALUES (?, ?, ?)
                ON CONFLICT (connector, name) DO UPDATE SET value = excluded.value
                """,
                [connector, name, text]
            )
        }
    }
}

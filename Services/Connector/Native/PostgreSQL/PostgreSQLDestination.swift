import ConnectorKit
import Events
import PostgreSQL
import Topics

/// Writes a row for each command: adds it, or changes the one that has its key.
///
/// The same row twice is one row. A statement of one's own gets the command's id, to be told from its copies by.
struct PostgreSQLDestination: NativeDestination {
    static let type = "postgresql"
    static let summary = "A row of a table for each message."
    static let settings: [SettingField] = [
        .required("url", "The database, postgres://user:password@host:port/database.", secret: true),
        .optional("table", "The table to write to, such as crm.people."),
        .optional("key", "The columns of one of its unique indexes, by which a row is found again."),
        .optional(
            "statement",
            "In place of a table: what to run, where $1 is the payload as jsonb, $2 the command's id."
        ),
        .optional("timeout", "The longest that a statement may take.", default: "30s"),
    ]

    private let writing: RowWriting
    private let client: PostgreSQLClient

    init(name: String, settings: Settings) throws(SettingsError) {
        if let statement = try settings.text("statement") {
            writing = .statement(statement)
        } else {
            guard let table = try settings.tableName("table") else { throw .missing("table") }
            writing = .upsert(table: table, key: try settings.keyColumns())
        }
        client = PostgreSQLClient(try settings.database())
    }

    func deliver(_ command: Command) async -> DeliveryOutcome {
        do {
            let statement = try writing.statement(for: command.row, id: command.id)
            let tag = try await client.withConnection { connection in
                try await connection.query(statement.text, statement.values).tag
            }
            return .delivered(detail: tag)
        } catch let error as PostgreSQLError {
            return Self.outcome(of: error)
        } catch let error as RecordError {
            return .rejected(reason: error.reason)
        } catch {
            return .retry(after: nil, reason: "\(error)")
        }
    }

    /// What the row is to blame for is rejected; what can be set right at the database is tried again.
    static func outcome(of error: PostgreSQLError) -> DeliveryOutcome {
        let failure = ConnectorFailure(error)
        // No such table or schema, no right to write to it, no unique index of the key.
        let isSetup = ["42P01", "3F000", "42501", "42P10"].contains(error.state)
        guard failure.kind == .transient || isSetup || error.kind == .connecting || error.kind == .cancellation else {
            return .rejected(reason: failure.problem)
        }
        return .retry(after: nil, reason: failure.problem)
    }
}

extension Command {
    /// What is to be written: a webhook's body, or all that an action is given.
    fileprivate var row: JSONValue {
        if let body = payload["body"] { return body }
        guard case .object(var members) = payload else { return payload }
        members["action"] = nil
        return .object(members)
    }
}

import ConnectorKit
import PostgreSQL

extension ConnectorFailure {
    /// What an error of the database means for whoever set the connector up.
    init(_ error: PostgreSQLError) {
        self.init(Self.kind(of: error), error.description, isUncertain: error.kind == .broken)
    }

    private static func kind(of error: PostgreSQLError) -> Kind {
        guard let state = error.state else {
            return error.kind == .address || error.kind == .statement ? .configuration : .transient
        }
        switch state {
        case "42501": return .permission
        // A server that starts, stops or only reads; what a lock, a deadlock or a limit of time ended.
        case "57P01", "57P02", "57P03", "57014", "25006", "55P03", "40001", "40P01", "40003": return .transient
        default:
            // The connection, the server's resources, the system around it.
            return ["08", "53", "58"].contains(state.prefix(2)) ? .transient : .configuration
        }
    }
}

extension Settings {
    /// The database of the setting `url`; `preparation` is what each connection begins with.
    func database(_ preparation: [String] = []) throws(SettingsError) -> PostgreSQLOptions {
        let address = try requiredText("url")
        let timeout = try duration("timeout")
        do throws(PostgreSQLError) {
            var options = try PostgreSQLOptions(address)
            options.statement = timeout ?? options.statement
            options.preparation = preparation
            return options
        } catch {
            throw .invalid("url", reason: "is not postgres://user:password@host:port/database")
        }
    }

    /// A name of a table, such as crm.people.
    func tableName(_ setting: String) throws(SettingsError) -> SQLName? {
        guard let text = try text(setting) else { return nil }
        guard let name = SQLName(qualified: text) else { throw .invalid(setting, reason: "is not a table's name") }
        return name
    }

    /// The columns of the setting `key`.
    func keyColumns() throws(SettingsError) -> [String] {
        let columns = try texts("key")
        guard !columns.isEmpty, !columns.contains("") else { throw .missing("key") }
        return columns
    }
}

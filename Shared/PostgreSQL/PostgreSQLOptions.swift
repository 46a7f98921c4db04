import CPostgres

/// Where a database is, and how long to wait for it.
public struct PostgreSQLOptions: Sendable {
    /// The address as libpq takes it.
    let address: String
    /// Never to be shown.
    let password: String?
    /// The longest that making a connection may take.
    public var connecting: Duration = .seconds(10)
    /// The longest that a statement may take; the server is told, and if it does not keep to it the connection is given up.
    public var statement: Duration = .seconds(60)
    /// How long the server may take to stop a statement that it is told to.
    var stopping: Duration = .seconds(3)
    /// The longest that a statement may take that goes through whole tables, which may be as large as they like.
    public static let wholeTables: Duration = .seconds(24 * 3600)
    /// Statements that a new connection begins with, such as `SET TIME ZONE 'UTC'`.
    public var preparation: [String] = []

    /// Takes an address, `postgres://user:password@host:port/database?sslmode=…` or `host=… dbname=…`.
    ///
    /// A refusal calls it by the name, such as that of the variable which it stands in.
    public init(_ address: String, called name: String = "The address") throws(PostgreSQLError) {
        // The library's own words would repeat the address, and with it the password.
        let refusal = PostgreSQLError(.address, "\(name) is not postgres://user:password@host:port/database.")
        guard !address.utf8.contains(0), let options = PQconninfoParse(address, nil) else { throw refusal }
        defer { PQconninfoFree(options) }
        let values = Self.values(options)
        // A password with “/” that is not percent-encoded makes a port of its beginning.
        guard (values["port"] ?? "").allSatisfy({ $0.isASCII && $0.isNumber || $0 == "," }) else { throw refusal }
        self.address = address
        password = values["password"]
    }

    private static func values(_ first: UnsafeMutablePointer<PQconninfoOption>) -> [String: String] {
        var values: [String: String] = [:]
        var option = first
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return values
    }

    /// What a new connection begins with.
    var beginning: [String] {
        ["SET statement_timeout = \(max(statement.components.seconds * 1000, 1000))"] + preparation
    }

    /// What libpq is given: whatever the address says of the same names holds.
    var parameters: [(String, String)] {
        [
            ("fallback_application_name", "kith"), ("keepalives_idle", "5"), ("keepalives_interval", "5"),
            ("keepalives_count", "2"), ("tcp_user_timeout", "10000"), ("dbname", address),
            ("client_encoding", "UTF8"),
        ]
    }

    /// A text of libpq's or the server's without the password.
    func masked(_ text: String) -> String {
        guard let password, !password.isEmpty else { return text }
        return text.replacing(password, with: "•••")
    }
}

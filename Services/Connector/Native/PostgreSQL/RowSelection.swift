import ConnectorKit
import Events
import PostgreSQL

/// Which rows are read, in which order, as SQL; pure.
///
/// What stands for a row is its position: the cursor, if there is one, and the key. Pages begin behind a position.
struct RowSelection: Equatable {
    /// Where the rows come from.
    enum Origin: Equatable {
        case table(SQLName)
        case query(String)
    }

    let origin: Origin
    let key: [String]
    let cursor: String?

    /// A statement and its parameters.
    struct Statement: Equatable {
        var text: String
        var values: [PostgreSQLValue] = []
    }

    /// A name that no column has.
    private static let row = "kith_row"

    private var from: String {
        switch origin {
        case .table(let name): "\(name) AS \(Self.row)"
        // Behind a comment that ends the query there must be another line.
        case .query(let text): "(\n\(Self.trimmed(text))\n) AS \(Self.row)"
        }
    }

    private static func trimmed(_ query: String) -> Substring {
        var rest = query[...]
        while let last = rest.last, last.isWhitespace || last == ";" { rest.removeLast() }
        return rest
    }

    private func column(_ name: String) -> String { "\(Self.row).\(SQLName(name))" }

    private var position: [String] { ([cursor].compactMap { $0 } + key).map(column) }

    /// Gives no row, only the types of the position's columns.
    var description: Statement {
        Statement(text: "SELECT \(position.joined(separator: ", ")), row_to_json(\(Self.row)) FROM \(from) LIMIT 0")
    }

    /// Whether a row has no position, which would never be read.
    var hasRowsWithoutPosition: Statement {
        let conditions = position.map { "\($0) IS NULL" }.joined(separator: " OR ")
        return Statement(text: "SELECT 1 FROM \(from) WHERE \(conditions) LIMIT 1")
    }

    /// The oldest transaction that runs, the first that has not begun, and the greatest cursor that is not in the future.
    func beginning(_ kind: CursorKind) -> Statement {
        let running = "pg_snapshot_xmin(pg_current_snapshot())::text, pg_snapshot_xmax(pg_current_snapshot())::text"
        guard let cursor = cursor.map(column) else { return Statement(text: "SELECT \(running), NULL") }
        let top = "(SELECT \(cursor) FROM \(from) WHERE \(cursor) IS NOT NULL ORDER BY \(cursor) DESC LIMIT 1)"
        guard case .time(let type) = kind else { return Statement(text: "SELECT \(running), \(top)::text") }
        return Statement(text: "SELECT \(running), least(\(top), now()::\(type))::text")
    }

    /// The rows from a cursor on, less the look-back, or behind a position; each as JSON, its version, and its position.
    func page(
        from since: String?,
        _ lookback: Lookback,
        after last: [String]?,
        versioned: Bool,
        limit: Int
    ) -> Statement {
        let version = versioned ? "\(Self.row).xmin::text" : "NULL"
        let columns = ["row_to_json(\(Self.row))::text", version] + position.map { "\($0)::text" }
        let order = position.joined(separator: ", ")
        var statement = Statement(text: "SELECT \(columns.joined(separator: ", ")) FROM \(from)")
        if let last {
            let places = last.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
            statement.text += " WHERE (\(order)) > (\(places))"
            statement.values = last.map { .text($0) }
        } else if let cursor, let since {
            statement.text += " WHERE \(column(cursor)) >= \(lookback.expression)"
            statement.values = [.text(since)] + lookback.values
        }
        statement.text += " ORDER BY \(order) LIMIT \(limit)"
        return statement
    }
}

extension RowSelection {
    /// What the place of a cursor is good for; `nil` without a cursor.
    ///
    /// The text of a query is no part of it: it may change, as long as its columns mean the same.
    private var subject: JSONValue? {
        guard let cursor else { return nil }
        let table = if case .table(let name) = origin { "\(name)" } else { "" }
        return .array(([table, cursor] + key).map(JSONValue.string))
    }

    /// A state that says what it is good for.
    func signed(_ state: JSONValue) -> JSONValue {
        guard let subject, case .object(var members) = state else { return state }
        members["of"] = subject
        return .object(members)
    }

    /// Throws when a state is of another table, cursor or key: what lies before its place here would never be read.
    ///
    /// One that does not say what it is good for is taken to be good.
    func requireOwn(_ state: JSONValue?) throws(ConnectorFailure) {
        guard let subject, let known = state?["of"], known != subject else { return }
        throw ConnectorFailure(
            .configuration,
            "It was read so far by another table, cursor or key. Reset the source, and all of it is read anew."
        )
    }
}

extension RowSelection {
    /// What was sent before the first run.
    ///
    /// Without a cursor all rows come again, in the same order; with one only the last do.
    func nothingSent(limit: Int = SentRows.usualLimit) -> SentRows {
        SentRows(keepsFirst: cursor == nil, limit: limit)
    }
}

/// What a cursor can be computed with.
enum CursorKind: Equatable {
    /// Of this type.
    case time(String)
    /// Of this type.
    case number(String)
    case other
}

/// How far behind the cursor to read again.
struct Lookback: Equatable {
    /// Where `$1` is the cursor.
    let expression: String
    let values: [PostgreSQLValue]

    /// The look-back of a setting, or the usual one of the kind; `nil` when the setting does not fit the kind.
    init?(_ setting: String?, _ kind: CursorKind) {
        switch kind {
        case .time(let type):
            guard let span = Duration(span: setting ?? "5m") else { return nil }
            let seconds = Double(span.components.seconds) + Double(span.components.attoseconds) / 1e18
            expression = "($1::\(type) - $2::interval)::\(type)"
            values = [.text("\(seconds) seconds")]
        case .number(let type):
            guard let count = UInt64(setting ?? "1000") else { return nil }
            expression = "$1::\(type) - $2::\(type)"
            values = [.text(String(count))]
        case .other:
            guard setting == nil || setting == "0" else { return nil }
            expression = "$1"
            values = []
        }
    }
}

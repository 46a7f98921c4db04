import ConnectorKit
import PostgreSQL

/// Reads rows page by page on one connection.
struct RowReading {
    private let connection: PostgreSQLConnection
    private let selection: RowSelection
    private let kind: CursorKind
    private let lookback: Lookback
    /// Whether each row knows by which transaction it was written.
    private let isVersioned: Bool

    /// Asks what the rows look like; throws when they cannot be read.
    init(_ connection: PostgreSQLConnection, _ selection: RowSelection, _ lookback: String?) async throws {
        self.connection = connection
        self.selection = selection
        let shape = try await connection.query(selection.description)
        kind = selection.cursor == nil ? .other : try await Self.kind(of: shape.type(ofColumn: 0), on: connection)
        guard let lookback = Lookback(lookback, kind) else {
            throw ConnectorFailure(.configuration, "The look-back does not fit the cursor's type.")
        }
        self.lookback = lookback
        isVersioned = selection.cursor == nil ? try await Self.isPlain(selection.origin, on: connection) : false
    }

    private static func kind(of type: UInt32, on connection: PostgreSQLConnection) async throws -> CursorKind {
        let found = try await connection.query(
            "SELECT format_type(oid, NULL), typname, typcategory FROM pg_type WHERE oid = $1::oid",
            [.text(String(type))]
        )
        guard found.count == 1, let type = found.text(0, 0), let name = found.text(0, 1) else { return .other }
        if ["timestamptz", "timestamp", "date"].contains(name) { return .time(type) }
        return found.text(0, 2) == "N" ? .number(type) : .other
    }

    private static func isPlain(_ origin: RowSelection.Origin, on connection: PostgreSQLConnection) async throws -> Bool
    {
        guard case .table(let name) = origin else { return false }
        let found = try await connection.query(
            "SELECT 1 FROM pg_class WHERE oid = $1::regclass AND relkind = 'r'",
            [.text("\(name)")]
        )
        return found.count == 1
    }

    /// Throws when a row would never be read, because it has no place in the order.
    func requirePositions() async throws {
        guard try await connection.query(selection.hasRowsWithoutPosition).count > 0 else { return }
        throw ConnectorFailure(
            .configuration,
            "The cursor or the key is NULL in some rows, which would never be read: a query can put a value in its place."
        )
    }

    func begin() async throws -> RowBookmark.Run {
        let found = try await connection.query(selection.beginning(kind))
        guard let oldest = found.text(0, 0).flatMap({ UInt64($0) }), let next = found.text(0, 1).flatMap({ UInt64($0) })
        else { throw ConnectorFailure(.system, "The server does not say which transactions run.") }
        return RowBookmark.Run(mark: .init(since: found.text(0, 2), horizon: next), oldest: oldest)
    }

    /// The next page, and moves the bookmark behind it; behind the last one the run is over.
    func page(at bookmark: inout RowBookmark, limit: Int) async throws -> [TableRow] {
        let result = try await connection.query(
            // One more, which says whether there is another page.
            selection.page(
                from: bookmark.low.since,
                lookback,
                after: bookmark.run?.page,
                versioned: isVersioned,
                limit: limit + 1
            )
        )
        let rows = try (0..<result.count).map { try row(result, $0) }
        for (one, next) in zip(rows, rows.dropFirst()) where one.position == next.position {
            throw ConnectorFailure(
                .configuration,
                "Two rows have the same key, so that one of them might be passed over."
            )
        }
        guard rows.count > limit else {
            bookmark.end()
            return rows
        }
        bookmark.run?.page = rows[limit - 1].position
        return Array(rows.prefix(limit))
    }

    private func row(_ result: PostgreSQLResult, _ index: Int) throws -> TableRow {
        let position = (2..<result.columnCount).compactMap { result.text(index, $0) }
        guard position.count == result.columnCount - 2, let bytes = result.bytes(index, 0) else {
            throw ConnectorFailure(.configuration, "The cursor or the key of a row is NULL.")
        }
        return TableRow(bytes: bytes, version: result.text(index, 1), position: position)
    }
}

extension PostgreSQLConnection {
    fileprivate func query(_ statement: RowSelection.Statement) async throws(PostgreSQLError) -> PostgreSQLResult {
        try await query(statement.text, statement.values)
    }
}

import ConnectorKit
import Events
import PostgreSQL
import ServiceKit

/// Reads the rows of a table or a query: all of them, or with a cursor those that are new or have changed.
struct PostgreSQLSource: NativeSource {
    static let type = "postgresql"
    static let summary = "The rows of a table or a query: all of them, or as they change."
    static let settings: [SettingField] = [
        .required("url", "The database, postgres://user:password@host:port/database.", secret: true),
        .optional("table", "The table or view to read, such as crm.people."),
        .optional("query", "A SELECT whose rows to read, in place of a table's."),
        .required("key", "The column, or the columns, by which a row is told from all others."),
        .optional("cursor", "A column that grows whenever a row is added or changed; only such rows are read then."),
        .optional("lookback", "How far behind the cursor to read again, such as 5m, or 1000 of a number."),
        EventExpression.setting,
        .object("mapping", "Which column is what, in place of an expression."),
        .optional("interval", "How often to read.", default: "60s"),
        .optional("batch", "How many rows to ask for at once.", default: "2000"),
        .optional("timeout", "The longest that a statement may take.", default: "5m"),
    ]

    let interval: Duration?
    private let selection: RowSelection
    private let lookback: String?
    private let batch: Int
    private let events: RowEvents
    private let client: PostgreSQLClient
    private var memory: RunMemory<SentRows>

    init(_ setup: SourceSetup) throws(SettingsError) {
        let settings = setup.settings
        interval = try settings.duration("interval")
        selection = RowSelection(
            origin: try Self.origin(settings),
            key: try settings.keyColumns(),
            cursor: try settings.text("cursor")
        )
        memory = RunMemory(selection.nothingSent())
        lookback = try settings.text("lookback")
        if let lookback, Duration(span: lookback) == nil {
            throw .invalid("lookback", reason: "is neither a time span such as 5m nor a whole number")
        }
        batch = try settings.requiredInteger("batch", in: 1...100_000)
        events = try RowEvents(setup)
        client = PostgreSQLClient(try settings.database([Self.preparation]), keeping: 1)
    }

    /// Values are written the same whatever the server’s settings are, and nothing is ever changed.
    private static let preparation = """
        SELECT set_config('TimeZone', 'UTC', false), set_config('DateStyle', 'ISO, YMD', false), \
        set_config('IntervalStyle', 'iso_8601', false), set_config('default_transaction_read_only', 'on', false)
        """

    private static func origin(_ settings: Settings) throws(SettingsError) -> RowSelection.Origin {
        if let query = try settings.text("query") { return .query(query) }
        guard let table = try settings.tableName("table") else { throw .missing("table") }
        return .table(table)
    }

    /// With a memory of its own.
    var forPreview: any Source {
        var source = self
        source.memory = RunMemory(selection.nothingSent())
        return source
    }

    func check() async throws {
        try await lent { connection in
            let reading = try await RowReading(connection, selection, lookback)
            try await reading.requirePositions()
        }
    }

    func read(from state: JSONValue?, emit: @Sendable (SourceBatch) async throws -> Void) async throws {
        try selection.requireOwn(state)
        try await lent { connection in
            let reading = try await RowReading(connection, selection, lookback)
            var bookmark = RowBookmark(state)
            var sent = memory.take(state)
            var reached = state
            defer { memory.keep(sent, at: reached) }
            if bookmark.run == nil {
                if state == nil { try await reading.requirePositions() }
                bookmark.run = try await reading.begin()
                sent.begin()
            }
            while bookmark.run != nil {
                let page = try await reading.page(at: &bookmark, limit: batch)
                let hashes = page.map(\.hash)
                let fresh = zip(page, hashes).filter { !sent.isKnown($0.1) }.map(\.0)
                try Task.checkCancellation()
                let batch = batch(of: fresh, bookmark)
                // A page without anything new is not worth a state of its own.
                if !fresh.isEmpty || bookmark.run == nil && batch.state != reached {
                    try await emit(batch)
                    reached = batch.state
                }
                sent.add(hashes)
            }
        }
    }

    private func batch(of rows: [TableRow], _ bookmark: RowBookmark) -> SourceBatch {
        let now = SystemClock.now()
        var batch = SourceBatch(state: selection.signed(bookmark.json))
        for row in rows {
            let part = events.batch(of: row, now: now)
            batch.events += part.events
            batch.rejected += part.rejected
        }
        return batch
    }

    private func lent(_ body: (PostgreSQLConnection) async throws -> Void) async throws {
        do {
            try await client.withConnection(body)
        } catch let error as PostgreSQLError {
            if error.kind == .cancellation { throw CancellationError() }
            throw ConnectorFailure(error)
        }
    }
}

import GRDB
import PostgreSQL

/// A prepared statement for many executions within one transaction, without the cost of a general one.
///
/// Bind the parameters from 1 on, then ``run()``, or read rows with ``step()`` and the columns from 0 on until there are no
/// more. Texts are bound and read with their length, so that SQLite keeps what follows U+0000; PostgreSQL has U+FFFD for it.
///
/// A PostgreSQL is not waited for before something is asked: what is wrong with a statement that is run may show at a later one.
public struct BulkStatement {
    enum Engine {
        /// The handle lives as long as its owner, which the connection keeps.
        case sqlite(SQLiteHandle, owner: Statement)
        case postgreSQL(PostgreSQLBulk)
    }

    private let engine: Engine

    init(_ engine: Engine) {
        self.engine = engine
    }

    /// The statement of the connection for this SQL; it is prepared once for each connection.
    public init(_ sql: String, in db: any SQLConnection) throws {
        self = try db.bulk(sql)
    }

    /// Binds an integer.
    public func bind(_ place: Int32, _ value: Int64) {
        switch engine {
        case .sqlite(let statement, _): statement.bind(place, value)
        case .postgreSQL(let statement): statement.bind(place, .integer(value))
        }
    }

    /// Binds a text.
    public func bind(_ place: Int32, _ value: String) {
        switch engine {
        case .sqlite(let statement, _): statement.bind(place, value)
        case .postgreSQL(let statement): statement.bind(place, SQLValue.parameter(value))
        }
    }

    /// Binds bytes.
    public func bind(_ place: Int32, _ value: [UInt8]) {
        switch engine {
        case .sqlite(let statement, _): statement.bind(place, value)
        case .postgreSQL(let statement): statement.bind(place, .bytes(value))
        }
    }

    /// Binds bytes; they must stay where they are until the statement has run.
    public func bind(_ place: Int32, lent bytes: UnsafeRawBufferPointer) {
        switch engine {
        case .sqlite(let statement, _): statement.bind(place, lent: bytes)
        case .postgreSQL(let statement): statement.bind(place, .bytes(Array(bytes)))
        }
    }

    /// Binds null.
    public func bindNull(_ place: Int32) {
        switch engine {
        case .sqlite(let statement, _): statement.bindNull(place)
        case .postgreSQL(let statement): statement.bind(place, .null)
        }
    }

    /// Binds a value of whatever kind.
    public func bind(_ place: Int32, _ value: SQLValue) {
        switch (engine, value) {
        case (_, .null): bindNull(place)
        case (_, .integer(let number)): bind(place, number)
        case (_, .text(let text)): bind(place, text)
        case (_, .bytes(let bytes)): bind(place, bytes)
        case (.sqlite(let statement, _), .real(let number)): statement.bind(place, number)
        case (.postgreSQL(let statement), .real(let number)): statement.bind(place, .real(number))
        }
    }

    /// Binds integers, from the first place on.
    public func bind(_ values: [Int64]) {
        for (index, value) in values.enumerated() { bind(Int32(index) + 1, value) }
    }

    /// Binds values of whatever kinds, from the first place on.
    public func bind(_ values: [SQLValue]) {
        for (index, value) in values.enumerated() { bind(Int32(index) + 1, value) }
    }

    /// Executes the statement to its end; what is bound stays bound.
    public func run() throws {
        switch engine {
        case .sqlite(let statement, _): while try statement.step() {}
        case .postgreSQL(let statement): try statement.run()
        }
    }

    /// Executes the statement, an insertion of `VALUES`, an update or a deletion, as ``run()`` does, but together with the
    /// executions that follow it until anything else is executed.
    ///
    /// So no two of them must change the same row; several may delete it.
    public func add() throws {
        switch engine {
        case .sqlite(let statement, _): while try statement.step() {}
        case .postgreSQL(let statement): try statement.add()
        }
    }

    /// Goes to the next row; `false` at the end, and then the statement can be bound anew.
    public func step() throws -> Bool {
        switch engine {
        case .sqlite(let statement, _): try statement.step()
        case .postgreSQL(let statement): try statement.step()
        }
    }

    /// Leaves the rows that were not read.
    public func reset() {
        switch engine {
        case .sqlite(let statement, _): statement.reset()
        case .postgreSQL(let statement): statement.reset()
        }
    }

    /// Makes a query for each of some elements, and lets its rows be read by ``step()``.
    ///
    /// The elements keep their order, but any number of them are bound before the first is told of: a PostgreSQL is not waited
    /// for each time.
    public func forEach<Element>(
        _ elements: some Collection<Element>,
        bind: (Element) throws -> Void,
        _ body: (Element) throws -> Void
    ) throws {
        switch engine {
        case .sqlite(let statement, _):
            for element in elements {
                defer { statement.reset() }
                try bind(element)
                try body(element)
            }
        case .postgreSQL(let statement): try statement.forEach(elements, bind: bind, body)
        }
    }

    /// Executes an insertion that passes over conflicts for each of some elements; returns which of them became rows.
    ///
    /// The statement must end with what ``SQLDialect/returning(_:)`` says for the column that has each element's `id`.
    public func insertNew<Element>(
        _ elements: some Collection<Element>,
        id: (Element) -> Int64,
        bind: (Element) throws -> Void
    ) throws -> Set<Int64> {
        var new: Set<Int64> = []
        switch engine {
        case .sqlite(let statement, _):
            for element in elements {
                try bind(element)
                while try statement.step() {}
                if statement.changes > 0 { new.insert(id(element)) }
            }
        case .postgreSQL(let statement):
            try statement.forEachRow(of: elements, bind: bind) { new.insert(statement.integer(0)) }
        }
        return new
    }

    /// How many rows the last ``run()`` of any statement of the connection changed; throws when it, or one before it, failed.
    public var changes: Int {
        get throws {
            switch engine {
            case .sqlite(let statement, _): statement.changes
            case .postgreSQL(let statement): try statement.changes
            }
        }
    }

    /// An integer column of the row; 0 for null.
    public func integer(_ column: Int32) -> Int64 {
        switch engine {
        case .sqlite(let statement, _): statement.integer(column)
        case .postgreSQL(let statement): statement.integer(column)
        }
    }

    /// Whether a column of the row is null.
    public func isNull(_ column: Int32) -> Bool {
        switch engine {
        case .sqlite(let statement, _): statement.isNull(column)
        case .postgreSQL(let statement): statement.isNull(column)
        }
    }

    /// A text column of the row; empty for null.
    public func text(_ column: Int32) -> String {
        switch engine {
        case .sqlite(let statement, _): statement.text(column)
        case .postgreSQL(let statement): statement.text(column)
        }
    }

    /// A column of bytes of the row; empty for null.
    public func bytes(_ column: Int32) -> [UInt8] {
        switch engine {
        case .sqlite(let statement, _): statement.bytes(column)
        case .postgreSQL(let statement): statement.bytes(column)
        }
    }
}

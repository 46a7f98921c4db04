import PostgreSQL

/// A statement of a PostgreSQL for many executions (``BulkStatement``).
final class PostgreSQLBulk {
    private let text: String
    private let transaction: PostgreSQLTransaction
    private var values: [PostgreSQLValue] = []
    private var cursor: Cursor?
    /// Whether what is read is there without having been asked for.
    private var isGiven = false

    /// What is being read.
    private struct Cursor {
        let result: PostgreSQLResult
        /// The rows of the result to read, and which is next.
        var rows: ArraySlice<Int>
        var row = -1
        /// The columns in front that are none of the statement's.
        var first: Int32 = 0
    }

    init(_ text: String, _ transaction: PostgreSQLTransaction) {
        self.text = text
        self.transaction = transaction
    }

    func bind(_ place: Int32, _ value: PostgreSQLValue) {
        let index = Int(place) - 1
        while values.count <= index { values.append(.null) }
        values[index] = value
    }

    // MARK: - Running

    func run() throws { try transaction.send(text, values) }

    func add() throws { try transaction.add(text, values) }

    func step() throws -> Bool {
        if cursor == nil, let result = try transaction.ask(text, values) {
            cursor = Cursor(result: result, rows: Array(0..<result.count)[...])
        }
        if let row = cursor?.rows.popFirst() {
            cursor?.row = row
            return true
        }
        reset()
        return false
    }

    func reset() {
        if !isGiven { cursor = nil }
    }

    var changes: Int { get throws { try transaction.affected() } }

    // MARK: - Many at once

    func forEach<Element>(
        _ elements: some Collection<Element>,
        bind: (Element) throws -> Void,
        _ body: (Element) throws -> Void
    ) throws {
        try together(elements, bind) { part, result in
            for (element, rows) in zip(part, Self.rows(of: result, count: part.count)) {
                try read(Cursor(result: result, rows: rows, first: 1)) { try body(element) }
            }
        }
    }

    func forEachRow<Element>(
        of elements: some Collection<Element>,
        bind: (Element) throws -> Void,
        _ body: () throws -> Void
    ) throws {
        try together(elements, bind) { _, result in
            for row in 0..<result.count { try read(Cursor(result: result, rows: [], row: row), body) }
        }
    }

    private func read(_ cursor: Cursor, _ body: () throws -> Void) rethrows {
        self.cursor = cursor
        isGiven = true
        defer {
            isGiven = false
            self.cursor = nil
        }
        try body()
    }

    /// Executes the statement for all elements, as many at a time as go together.
    private func together<Elements: Collection>(
        _ elements: Elements,
        _ bind: (Elements.Element) throws -> Void,
        _ body: (Elements.SubSequence, PostgreSQLResult) throws -> Void
    ) throws {
        var start = elements.startIndex
        var rows = PostgreSQLRows()
        for place in elements.indices {
            try bind(elements[place])
            if !rows.takes(values) {
                if let result = try transaction.ask(text, rows) { try body(elements[start..<place], result) }
                start = place
                rows = PostgreSQLRows()
            }
            rows.append(values)
        }
        guard rows.count > 0, let result = try transaction.ask(text, rows) else { return }
        try body(elements[start...], result)
    }

    /// The rows of a result that are each element's, which say so in front.
    private static func rows(of result: PostgreSQLResult, count: Int) -> [ArraySlice<Int>] {
        let owners = (0..<result.count).map { Int(result.integer($0, 0) ?? 1) - 1 }
        var ends = Array(repeating: 0, count: count + 1)
        for owner in owners { ends[owner + 1] += 1 }
        for owner in 0..<count { ends[owner + 1] += ends[owner] }
        let starts = ends
        var rows = Array(repeating: 0, count: owners.count)
        for (row, owner) in owners.enumerated() {
            rows[ends[owner]] = row
            ends[owner] += 1
        }
        return (0..<count).map { rows[starts[$0]..<starts[$0 + 1]] }
    }

    // MARK: - Reading

    func integer(_ column: Int32) -> Int64 { read(column) { $0.integer($1, $2) } ?? 0 }

    func isNull(_ column: Int32) -> Bool { read(column) { $0.isNull($1, $2) ? nil : true } == nil }

    func text(_ column: Int32) -> String { read(column) { $0.text($1, $2) } ?? "" }

    func bytes(_ column: Int32) -> [UInt8] { read(column) { $0.bytes($1, $2) } ?? [] }

    private func read<Value>(_ column: Int32, _ value: (PostgreSQLResult, Int, Int) -> Value?) -> Value? {
        cursor.flatMap { value($0.result, $0.row, Int($0.first + column)) }
    }
}

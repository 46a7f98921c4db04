import PostgreSQL

/// A statement of a PostgreSQL for many executions (``BulkStatement``).
final class PostgreSQLBulk {
    /// So many executions are told of together.
    private static let together = 1024

    private let text: String
    private let statements: PostgreSQLStatements
    private var values: [PostgreSQLValue] = []
    /// What is being read, and the row of it.
    private var result: PostgreSQLResult?
    private var row = -1
    /// Whether the result is there without having been asked for.
    private var isGiven = false

    init(_ text: String, _ statements: PostgreSQLStatements) {
        self.text = text
        self.statements = statements
    }

    func bind(_ place: Int32, _ value: PostgreSQLValue) {
        let index = Int(place) - 1
        while values.count <= index { values.append(.null) }
        values[index] = value
    }

    func run() throws {
        if !isGiven { try statements.send(text, values) }
    }

    func step() throws -> Bool {
        if result == nil {
            result = try statements.ask(text, CollectionOfOne(values)).last
            row = -1
        }
        row += 1
        if row < result?.count ?? 0 { return true }
        if !isGiven { result = nil }
        return false
    }

    func reset() {
        if !isGiven { result = nil }
    }

    func forEach<Element>(
        _ elements: some Collection<Element>,
        bind: (Element) throws -> Void,
        _ body: (Element) throws -> Void
    ) throws {
        var rest = elements[...]
        while !rest.isEmpty {
            let part = rest.prefix(Self.together)
            rest = rest[part.endIndex...]
            let bound = try part.map { element in
                try bind(element)
                return values
            }
            let results = try statements.ask(text, bound)
            isGiven = true
            defer {
                isGiven = false
                result = nil
            }
            for (element, result) in zip(part, results) {
                self.result = result
                row = -1
                try body(element)
            }
        }
    }

    var changes: Int {
        if isGiven { return result?.affected ?? 0 }
        // What failed fails the transaction: the next statement says so.
        return (try? statements.affected()) ?? 0
    }

    // MARK: - Reading

    func integer(_ column: Int32) -> Int64 {
        guard let text = result?.text(row, Int(column)) else { return 0 }
        return Int64(text) ?? (text == "t" ? 1 : 0)
    }

    func isNull(_ column: Int32) -> Bool { result?.text(row, Int(column)) == nil }

    func text(_ column: Int32) -> String { result?.text(row, Int(column)) ?? "" }

    func bytes(_ column: Int32) -> [UInt8] {
        guard let text = result?.text(row, Int(column)) else { return [] }
        return SQLValue.bytes(ofHexadecimal: text.utf8.dropFirst(2))
    }
}

import PostgreSQL

/// Executions of a statement that are made as one: what is bound to each parameter, side by side.
///
/// Every statement costs a server about as much as ten rows do.
struct PostgreSQLRows {
    /// So many go together at most, so that the server is at work while more are gathered.
    static let most = 4096
    private static let mostBytes = 1 << 20

    private(set) var count = 0
    private var columns: [PostgreSQLArray] = []

    /// Whether another row may go with these.
    func takes(_ values: [PostgreSQLValue]) -> Bool {
        if columns.isEmpty { return true }
        guard count < Self.most, columns.count == values.count else { return false }
        guard columns.reduce(0, { $0 + $1.size }) < Self.mostBytes else { return false }
        return zip(columns, values).allSatisfy { $0.takes($1) }
    }

    mutating func append(_ values: [PostgreSQLValue]) {
        if columns.isEmpty { columns = Array(repeating: PostgreSQLArray(), count: values.count) }
        count += 1
        for place in columns.indices { columns[place].append(values[place]) }
    }

    /// The parameters to send: a column of nothing but NULL may be of any type, and stands in the statement itself.
    var arrays: [PostgreSQLArray] { sent.map { columns[$0] } }

    private var sent: [Int] { columns.indices.filter { $0 == 0 || columns[$0].element != nil } }

    // MARK: - The statement

    /// A statement with `?` for parameters, as one for all rows.
    ///
    /// - An insertion of `VALUES` takes them from the rows; an update or a deletion has them beside its table.
    /// - A query is made for each row, and each row of the result begins with the number of the one it is for, from 1 on.
    func statement(_ text: String) -> String {
        let sent = Set(sent)
        let text = SQLDialect.replacingParameters(of: text) { sent.contains($0 - 1) ? "v.p\($0)" : "NULL" }
        if text.hasPrefix("INSERT") { return insertion(text) }
        if text.hasPrefix("UPDATE") { return Self.put("FROM \(source())", before: "WHERE", in: text) }
        if text.hasPrefix("DELETE") { return Self.put("USING \(source())", before: "WHERE", in: text) }
        // Without the OFFSET the server might make a join of it, and read all of a table.
        return "SELECT v.n, q.* FROM \(source(isNumbered: true)) CROSS JOIN LATERAL (\(text) OFFSET 0) AS q"
    }

    private func source(isNumbered: Bool = false) -> String {
        let arrays = sent.enumerated().map { "$\($0 + 1)::\((columns[$1].element ?? .integer).name)[]" }
        let names = sent.map { "p\($0 + 1)" } + (isNumbered ? ["n"] : [])
        let numbered = isNumbered ? " WITH ORDINALITY" : ""
        return "unnest(\(arrays.joined(separator: ", ")))\(numbered) AS v (\(names.joined(separator: ", ")))"
    }

    private func insertion(_ text: String) -> String {
        guard let values = text.firstRange(of: "VALUES (") else { preconditionFailure("There are no values: \(text)") }
        var depth = 1
        let list = text[values.upperBound...].prefix { character in
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            return depth > 0
        }
        let end = text[list.endIndex...].dropFirst()
        return "\(text[..<values.lowerBound])SELECT \(list) FROM \(source())\(end)"
    }

    private static func put(_ part: String, before word: String, in text: String) -> String {
        guard let place = text.firstRange(of: word) else { preconditionFailure("There is no condition: \(text)") }
        return "\(text[..<place.lowerBound])\(part) \(text[place.lowerBound...])"
    }
}

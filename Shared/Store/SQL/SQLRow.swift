/// What a statement gave and did.
public struct SQLResult: Sendable {
    /// Its rows, if it gives any.
    public var rows: [SQLRow]
    /// How many rows it inserted, updated or deleted.
    public var changes: Int
}

/// One row.
public struct SQLRow: Sendable {
    /// Shared by all rows of a result.
    let columns: [String]
    let values: [SQLValue]

    /// The column of this name; there must be one, with a value of this type.
    public subscript<Value: SQLReadable>(column: String) -> Value {
        guard let value = Value(self[value: column]) else {
            preconditionFailure("The column \(column) holds no \(Value.self).")
        }
        return value
    }

    /// The column of this name, or `nil` when it is NULL.
    public subscript<Value: SQLReadable>(column: String) -> Value? {
        let value = self[value: column]
        return value == .null ? nil : Value(value)
    }

    /// The column at this place; there must be one, with a value of this type.
    public subscript<Value: SQLReadable>(place: Int) -> Value {
        guard let value = Value(values[place]) else {
            preconditionFailure("The column \(columns[place]) holds no \(Value.self).")
        }
        return value
    }

    /// The column at this place, or `nil` when it is NULL.
    public subscript<Value: SQLReadable>(place: Int) -> Value? {
        values[place].isNull ? nil : Value(values[place])
    }

    /// The column at this place, as it is.
    public func value(_ place: Int) -> SQLValue { values[place] }

    /// How many columns there are.
    public var count: Int { values.count }

    private subscript(value column: String) -> SQLValue {
        guard let index = columns.firstIndex(of: column) else {
            preconditionFailure("There is no column \(column); there are \(columns.joined(separator: ", ")).")
        }
        return values[index]
    }

    /// The first column.
    func first<Value: SQLReadable>() -> Value? { values.first.flatMap(Value.init) }
}

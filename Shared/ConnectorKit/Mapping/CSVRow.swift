public import Events

/// A record of a CSV file: every value is a text.
public struct CSVRow: SourceRecord {
    private let record: CSVRecord
    private let columns: CSVColumns

    /// A row of these columns; it must have as many fields, all of them UTF-8 without U+0000.
    public init(_ record: CSVRecord, columns: CSVColumns) throws(RecordError) {
        if let fault = record.fault { throw RecordError("malformed_record", fault) }
        guard record.count == columns.names.count else {
            throw RecordError(
                "malformed_record",
                "The record has \(record.count) fields; the header has \(columns.names.count)."
            )
        }
        guard String(validating: record.bytes, as: UTF8.self) != nil, !record.bytes.contains(0) else {
            throw RecordError("invalid_text", "The record is not UTF-8, or holds U+0000.")
        }
        self.record = record
        self.columns = columns
    }

    /// The field's value; `nil` when the cell is empty.
    public func value(at path: String) -> JSONValue? {
        guard let index = columns.indexes[path] else { return nil }
        let field = record[index]
        return field.isEmpty ? nil : .string(String(decoding: field, as: UTF8.self))
    }
}

/// The columns that a CSV file's header names.
public struct CSVColumns: Sendable, Equatable {
    /// The names in their order, without white space around them.
    public let names: [String]
    let indexes: [String: Int]

    /// The columns of these names; of two with one name the first one counts.
    public init(_ names: [String]) {
        self.names = names.map(\.withoutSpaceAround)
        indexes = Dictionary(zip(self.names, self.names.indices), uniquingKeysWith: { first, _ in first })
    }
}

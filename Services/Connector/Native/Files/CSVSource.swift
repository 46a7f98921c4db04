import ConnectorKit
import Events

/// Contacts, orders and the like from a CSV file with a header.
struct CSVSource: FileSource {
    static let type = "csv"
    static let summary = "Contacts, orders and the like from a CSV file."
    static let settings: [SettingField] = [
        .required("path", "The file."),
        .optional("delimiter", "What stands between the fields; one character, or “tab”.", default: ","),
        .object("mapping", "Which column is what; without it, columns called as identifiers are these."),
        .optional("interval", "How often to look whether the file has changed.", default: "60s"),
    ]

    let path: String
    let interval: Duration?
    let isReadOnce: Bool
    private let name: String
    private let delimiter: UInt8
    private let mapping: Mapping?

    init(_ setup: SourceSetup) throws(SettingsError) {
        name = setup.name
        path = try setup.settings.requiredText("path")
        isReadOnce = setup.surroundings.isReadOnce
        interval = try setup.settings.duration("interval")
        let text = try setup.settings.requiredText("delimiter")
        guard
            let delimiter = text == "tab" ? 9 : Character(extendedGraphemeClusterLiteral: text.first ?? ",").asciiValue,
            text == "tab" || text.count == 1, delimiter != UInt8(ascii: "\""), delimiter != 10, delimiter != 13
        else { throw .invalid("delimiter", reason: "is not one character such as , or ; or the word tab") }
        self.delimiter = delimiter
        let mapping = setup.settings.value("mapping")
        self.mapping = if let mapping { try Mapping(mapping) } else { nil }
    }

    func format(from bookmark: FileBookmark?, time: Timestamp) -> CSVFormat {
        CSVFormat(
            parser: CSVParser(delimiter: delimiter, offset: bookmark?.offset ?? 0),
            mapping: mapping,
            header: bookmark?.header ?? [],
            context: Mapping.Context(source: name, time: time)
        )
    }
}

/// The records of a CSV file.
struct CSVFormat: FileFormat {
    private var parser: CSVParser
    private var columns: CSVColumns
    private var mapping: Mapping?
    /// Why the rest of a file cannot be read: since its beginning was, the mapping has become another one.
    private var fault: FileFormatError?
    private let context: Mapping.Context

    init(parser: CSVParser, mapping: Mapping?, header: [String], context: Mapping.Context) {
        self.parser = parser
        self.context = context
        self.mapping = mapping
        columns = CSVColumns([])
        guard !header.isEmpty else { return }
        do throws(FileFormatError) { try begin(header) } catch { fault = error }
    }

    var offset: Int64 { parser.offset }
    var header: [String] { columns.names }

    mutating func add(_ bytes: ArraySlice<UInt8>) {
        parser.add(bytes)
    }

    mutating func finish() {
        parser.finish()
    }

    mutating func next() throws(FileFormatError) -> FileItem? {
        if let fault { throw fault }
        while let record = parser.next() {
            guard columns.names.isEmpty else {
                return FileItem(of: payload(of: record)) { () throws(RecordError) in try event(of: record) }
            }
            if let fault = record.fault { throw FileFormatError("The header cannot be read: \(fault.dropLast())") }
            try begin(record.texts)
        }
        return nil
    }

    /// A mapping that does not fit would send the whole file to the dead letters, record by record.
    private mutating func begin(_ header: [String]) throws(FileFormatError) {
        columns = CSVColumns(header)
        let mapping = mapping ?? Mapping(guessingFrom: columns.names)
        let missing = mapping.fields.subtracting(columns.names).sorted()
        guard missing.isEmpty else {
            throw FileFormatError("There is no column “\(missing[0])”", columns: columns.names)
        }
        guard mapping.hasIdentifier else {
            throw FileFormatError(
                "No column is known as an identifier, and there is no mapping",
                columns: columns.names
            )
        }
        self.mapping = mapping
    }

    private func event(of record: CSVRecord) throws(RecordError) -> SourceEvent {
        let row = try CSVRow(record, columns: columns)
        guard let mapping else { throw RecordError("no_mapping", "There is no mapping.") }
        return try mapping.event(from: row, in: context)
    }

    /// The fields by their columns' names, so that the dead letter can be read without the file.
    private func payload(of record: CSVRecord) -> [UInt8] {
        guard record.fault == nil else { return record.bytes }
        return JSONValue.array(record.texts.map { .string($0.filter { $0 != "\0" }) }).bytes
    }
}

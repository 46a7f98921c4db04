import ConnectorKit
import Events

/// Records from a file with one JSON object on each line.
///
/// Without a mapping each line is an event already, in the terms of the Segment specification.
struct NDJSONSource: FileSource {
    static let type = "ndjson"
    static let summary = "Records from a file with one JSON object on each line."
    static let settings: [SettingField] = [
        .required("path", "The file."),
        .object("mapping", "Which member is what; without it each line is an event."),
        EventExpression.setting,
        .optional("interval", "How often to look whether the file has changed.", default: "60s"),
    ]

    let path: String
    let interval: Duration?
    let isReadOnce: Bool
    private let name: String
    private let mapping: Mapping?
    private let expression: EventExpression?

    init(_ setup: SourceSetup) throws(SettingsError) {
        name = setup.name
        path = try setup.settings.requiredText("path")
        isReadOnce = setup.surroundings.isReadOnce
        interval = try setup.settings.duration("interval")
        let mapping = setup.settings.value("mapping")
        self.mapping = if let mapping { try Mapping(mapping) } else { nil }
        expression = try EventExpression(setup)
    }

    func format(from bookmark: FileBookmark?, time: Timestamp) -> NDJSONFormat {
        NDJSONFormat(
            offset: bookmark?.offset ?? 0,
            mapping: mapping,
            expression: expression,
            context: Mapping.Context(source: name, time: time)
        )
    }
}

/// The records of an NDJSON file.
struct NDJSONFormat: FileFormat {
    private let mapping: Mapping?
    private let expression: EventExpression?
    private let context: Mapping.Context
    private var buffer: [UInt8] = []
    private var start = 0
    private var base: Int64
    private var isOver = false
    private static let lineBytes = 4 << 20

    init(offset: Int64, mapping: Mapping?, expression: EventExpression? = nil, context: Mapping.Context) {
        base = offset
        self.expression = expression
        self.mapping = mapping
        self.context = context
    }

    var offset: Int64 { base + Int64(start) }
    var header: [String] { [] }

    mutating func add(_ bytes: ArraySlice<UInt8>) {
        buffer.removeFirst(start)
        base += Int64(start)
        start = 0
        buffer += bytes
        if base == 0, buffer.starts(with: [0xEF, 0xBB, 0xBF]) { start = 3 }
    }

    mutating func finish() {
        isOver = true
    }

    mutating func next() throws(FileFormatError) -> FileItem? {
        while let line = nextLine() {
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
            if let expression, let view = try? JSONDocument(line).root {
                return .batch(expression.batch(of: view, time: context.time))
            }
            return FileItem(of: line) { () throws(RecordError) in try event(of: line) }
        }
        return nil
    }

    /// A line that is longer than the limit comes in pieces, none of which is JSON.
    private mutating func nextLine() -> [UInt8]? {
        guard start < buffer.count else { return nil }
        let end = buffer[start...].firstIndex(of: 10)
        guard end != nil || isOver || buffer.count - start > Self.lineBytes else { return nil }
        let stop = end ?? buffer.count
        defer { start = end.map { $0 + 1 } ?? stop }
        return Array(buffer[start..<stop])
    }

    private func event(of line: [UInt8]) throws(RecordError) -> SourceEvent {
        let view: JSONView
        do throws(JSONError) {
            view = try JSONDocument(line).root
        } catch {
            throw RecordError("invalid_json", "The line is not valid JSON: \(error)")
        }
        return try JSONRecord(view).event(by: mapping, in: context)
    }
}

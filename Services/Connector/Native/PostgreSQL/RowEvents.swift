import ConnectorKit
import Events

/// A row as the database gives it.
struct TableRow {
    /// As JSON.
    var bytes: [UInt8]
    /// What changes when the row does, besides the cursor.
    var version: String?
    /// The cursor, if there is one, and the key.
    var position: [String]

    /// Of the content: the version may change without it.
    var hash: Int {
        var hasher = Hasher()
        hasher.combine(bytes)
        hasher.combine(position)
        return hasher.finalize()
    }
}

/// Makes events of rows.
struct RowEvents {
    let source: String
    let rule: Rule
    /// The column that says when a row became what it is.
    let cursor: String?

    enum Rule {
        case expression(EventExpression)
        case mapping(Mapping)
    }

    init(_ setup: SourceSetup) throws(SettingsError) {
        source = setup.name
        cursor = try setup.settings.text("cursor")
        if let expression = try EventExpression(setup) {
            rule = .expression(expression)
        } else if let mapping = setup.settings.value("mapping") {
            rule = .mapping(try Mapping(mapping))
        } else {
            throw .missing("events")
        }
    }

    /// What a row gives; the same row in the same version gives the same ids, whenever it is read.
    func batch(of row: TableRow, now: Timestamp) -> SourceBatch {
        let view: JSONView
        do throws(JSONError) {
            view = try JSONDocument(row.bytes).root
        } catch {
            return rejected(row, RecordError("invalid_json", "The row cannot be taken as JSON: \(error)"))
        }
        let version = JSONValue.array((row.position + [row.version ?? ""]).map(JSONValue.string)).text
        let time = time(of: view)
        switch rule {
        case .expression(let expression): return expression.batch(of: view, version: version, time: time, now: now)
        case .mapping(let mapping):
            let text = String(decoding: row.bytes, as: UTF8.self)
            let id = EventDraft.id(of: [source, version, text])
            let context = Mapping.Context(source: source, time: time ?? now, messageID: id)
            do throws(RecordError) {
                return SourceBatch(events: [try mapping.event(from: try JSONRecord(view), in: context)])
            } catch {
                return rejected(row, error)
            }
        }
    }

    /// Without a zone a time is taken for UTC.
    private func time(of view: JSONView) -> Timestamp? {
        guard let cursor, let text = view[cursor]?.string else { return nil }
        return Timestamp(text) ?? Timestamp(text + "Z")
    }

    private func rejected(_ row: TableRow, _ error: RecordError) -> SourceBatch {
        SourceBatch(rejected: [RejectedRecord(code: error.code, reason: error.reason, payload: row.bytes)])
    }
}

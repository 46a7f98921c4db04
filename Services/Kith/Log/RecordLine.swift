import Events
import MessageLog
import ServiceKit
import Topics

/// One record of a topic, as `tail` shows it.
struct RecordLine: Equatable, Sendable {
    var partition: String
    var offset: Offset
    var time: Timestamp
    var key: String
    /// The value's JSON, or its text when it is none.
    var value: String
    /// The ids of the requests that it goes back to.
    var traces: [String]
    private var isJSON: Bool

    init(_ stored: StoredRecord) {
        partition = stored.partition.name
        offset = stored.offset
        time = Timestamp(microseconds: stored.record.timestamp)
        key = String(decoding: stored.record.key, as: UTF8.self)
        value = String(decoding: stored.record.value, as: UTF8.self)
        isJSON = (try? JSONDocument(stored.record.value, limits: EventEnvelope.limits)) != nil
        traces = stored.record.headers.compactMap { TraceContext($0)?.traceID }
    }

    /// Reads a record as the API writes it.
    init?(json: JSONView) {
        guard let partition = json["partition"]?.string, let offset = json["offset"]?.int64,
            let time = json["time"]?.string.flatMap({ Timestamp($0) })
        else { return nil }
        self.partition = partition
        self.offset = Offset(clamping: offset)
        self.time = time
        key = json["key"]?.string ?? ""
        traces = json.list("headers").compactMap { header in
            guard header["name"]?.string == TraceContext.headerName else { return nil }
            return header["value"]?.string.flatMap { TraceContext($0) }?.traceID
        }
        isJSON = json["value"] != nil
        value = json["value"].map { String(decoding: $0.raw, as: UTF8.self) } ?? json["base64"]?.string ?? ""
    }

    /// The record as one line of JSON.
    var json: String {
        let bytes = JSONWriter.object { writer in
            writer.field("partition", partition)
            writer.field("offset", Int64(clamping: offset))
            writer.field("time", time.description)
            writer.field("key", key)
            writer.key(isJSON ? "value" : "text")
            if isJSON { writer.raw(value.utf8) } else { writer.string(value) }
            if !traces.isEmpty { writer.array("traces", of: traces) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The record as one line for a person.
    func rendered(on terminal: Terminal) -> String {
        let clock = time.description.prefix(23).map { $0 == "T" ? " " : String($0) }.joined()
        let place = terminal.paint("\(clock) \(partition)@\(offset)", .faint)
        let text = "\(Printable.clean(key)) \(Printable.clean(value))"
        let room = terminal.isInteractive ? max(20, terminal.columns - clock.count - partition.count - 12) : Int.max
        return "\(place) \(Width.cut(text, to: room))"
    }
}

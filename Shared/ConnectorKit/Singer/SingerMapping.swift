public import Events
import JQ

/// What becomes of a stream’s records, and how the tap is to read it.
///
/// In the configuration it is an expression, or an object of `events`, `deleted`, `replication` and `replicationKey`.
public struct SingerMapping: Sendable {
    /// How the tap is to read it.
    public let replication: SingerReplication
    /// Whether it matters which records are gone.
    public var followsDeletions: Bool { deleted != nil }
    let events: RecordEvents
    let deleted: RecordEvents?
    /// The expressions’ texts: with others an unchanged record means something else.
    let text: String

    /// Reads what the configuration says of a stream.
    public init(_ value: JSONValue, stream: String, source: String) throws(SettingsError) {
        let members: [String: JSONValue] = if case .object(let members) = value { members } else { ["events": value] }
        let known = ["events", "deleted", "replication", "replicationKey"]
        for name in members.keys.sorted() where !known.contains(name) {
            throw .invalid(
                "streams",
                reason: "has “\(name)” in “\(stream)”; known are \(known.joined(separator: ", "))"
            )
        }
        guard let events = members["events"]?.nonempty else {
            throw .invalid(
                "streams",
                reason: "has no “events” in “\(stream)”: a jq expression that makes events of a record"
            )
        }
        let deleted = members["deleted"]?.nonempty
        self.events = try Self.expression(events, stream, source)
        self.deleted = if let deleted { try Self.expression(deleted, stream, source) } else { nil }
        text = events + (deleted ?? "")
        replication = SingerReplication(
            method: try members["replication"].map { value throws(SettingsError) in try Self.method(value, stream) },
            key: members["replicationKey"]?.nonempty
        )
    }

    private static func expression(
        _ text: String,
        _ stream: String,
        _ source: String
    ) throws(SettingsError) -> RecordEvents {
        do throws(ProgramError) {
            return RecordEvents(source: source, stream: stream, expression: try Expression(text))
        } catch {
            throw .invalid("streams", reason: "cannot be used: “\(stream)”: \(error.problem)")
        }
    }

    private static func method(
        _ value: JSONValue,
        _ stream: String
    ) throws(SettingsError) -> SingerReplication.Method {
        if let method = SingerReplication.Method(rawValue: value.plainText.uppercased()) { return method }
        let known = SingerReplication.Method.allCases.map(\.rawValue).joined(separator: ", ")
        throw .invalid("streams", reason: "has the “replication” \(value.plainText) in “\(stream)”; known are \(known)")
    }
}

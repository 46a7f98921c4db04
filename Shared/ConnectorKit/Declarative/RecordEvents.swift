import Events
import JQ

/// Turns records into events by a manifest's expression; pure.
struct RecordEvents: Sendable {
    let source: String
    /// The stream's name, or `webhook`.
    let stream: String
    let expression: Expression
    /// Whether a key stands for one version of a record: then an undated record cannot say again what it said before.
    var keysAreVersions = false

    /// What a record gives: events, or the reason why there are none.
    ///
    /// `time` is that of events which do not say theirs, if the record is known to be of a time.
    func batch(
        of record: JSONValue,
        key: String,
        time: Timestamp? = nil,
        in scope: Scope,
        at now: Timestamp
    ) -> SourceBatch {
        let drafts: [JSONValue]
        do throws(ProgramError) {
            drafts = try expression.values(of: record, in: scope)
        } catch {
            return rejected(record, RecordError("mapping_failed", error.problem))
        }
        var batch = SourceBatch()
        for (index, draft) in drafts.enumerated() {
            do throws(RecordError) {
                batch.events.append(try event(draft, key: "\(key)#\(index)", time: time, at: now))
            } catch {
                return rejected(record, error)
            }
        }
        return batch
    }

    private func rejected(_ record: JSONValue, _ error: RecordError) -> SourceBatch {
        SourceBatch(rejected: [RejectedRecord(code: error.code, reason: error.reason, payload: record.bytes)])
    }

    private func event(
        _ draft: JSONValue,
        key: String,
        time: Timestamp?,
        at now: Timestamp
    ) throws(RecordError) -> SourceEvent {
        guard case .object(let members) = draft else {
            throw RecordError("invalid_event", "The mapping gives something that is no event.")
        }
        guard let type = EventType(rawValue: members["type"]?.plainText ?? "") else {
            throw RecordError("invalid_event", "The event has no “type” that is one of the six calls.")
        }
        guard members["ids"] != nil else { return try segmentEvent(draft, key: key, at: now) }
        return try event(of: type, members, key: key, time: time, at: now)
    }

    /// An event that is in the terms of the Segment specification already.
    private func segmentEvent(_ draft: JSONValue, key: String, at now: Timestamp) throws(RecordError) -> SourceEvent {
        let context = Mapping.Context(
            source: source,
            time: now,
            messageID: EventDraft.id(of: [source, stream, key, draft.text])
        )
        guard let view = try? JSONDocument(draft.bytes).root else {
            throw RecordError("invalid_event", "The event is nested too deep or has too many values.")
        }
        return try SegmentRecord.event(view, in: context)
    }

    private func event(
        of type: EventType,
        _ members: [String: JSONValue],
        key: String,
        time known: Timestamp?,
        at now: Timestamp
    ) throws(RecordError) -> SourceEvent {
        var draft = EventDraft(type: type)
        let name = members["event"]?.nonempty
        guard type != .track || name != nil else { throw RecordError("no_event", "The event has no name.") }
        if let name { draft.field("event", name) }
        if let group = members["groupId"]?.nonempty { draft.field("groupId", group) }
        var ids = Self.identifiers(members["ids"] ?? .null)
        guard !ids.isEmpty else {
            throw RecordError(
                "no_identifier",
                "The event has no identifier: none of those that are mapped has a value."
            )
        }
        // Of several, all but the first stand among the others, by Segment's names.
        for (namespace, field, type) in [("user", "userId", "user_id"), ("anonymous", "anonymousId", "anonymous_id")] {
            guard let first = ids.firstIndex(where: { $0.0 == namespace }) else { continue }
            draft.field(field, ids.remove(at: first).1.plainText)
            ids = ids.map { $0.0 == namespace ? (type, $0.1) : $0 }
        }
        draft.object("traits", Self.members(members["traits"]))
        draft.object("properties", Self.members(members["properties"]))
        draft.context(identifiers: ids, traits: Self.members(members["about"]))
        let time = try Self.time("timestamp", of: members) ?? known
        let content = draft.hashed(for: source, time: time ?? (type == .track || keysAreVersions ? nil : now))
        draft.field("timestamp", (time ?? now).description)
        let id = Self.own(members["messageId"], [source, type.rawValue, name ?? ""]) ?? [source, stream, key, content]
        return draft.event(
            messageID: EventDraft.id(of: id),
            name: name,
            timestamp: time ?? now,
            // By a time that never changes it is known again, whatever becomes of the other.
            originalTimestamp: try Self.time("made", of: members) ?? time
        )
    }

    /// What an event is told by that says so itself; a list stands for itself, whoever reads it.
    private static func own(_ id: JSONValue?, _ scope: [String]) -> [String]? {
        if case .array(let parts)? = id { return parts.map(\.plainText) }
        return id?.nonempty.map { scope + [$0] }
    }

    /// Namespaces and values; an array gives several, null and empty texts give none.
    static func identifiers(_ ids: JSONValue) -> [(String, JSONValue)] {
        members(ids).flatMap { namespace, value -> [(String, JSONValue)] in
            let values: [JSONValue] = if case .array(let list) = value { list } else { [value] }
            return values.compactMap { value in value.nonempty.map { (namespace, .string($0)) } }
        }
    }

    /// The members that have a value, by their names.
    private static func members(_ object: JSONValue?) -> [(String, JSONValue)] {
        guard case .object(let members)? = object else { return [] }
        return members.filter { $0.value != .null }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private static func time(_ name: String, of members: [String: JSONValue]) throws(RecordError) -> Timestamp? {
        try members[name].flatMap { value throws(RecordError) in try Self.time(value) }
    }

    /// A time of whatever form; seconds or milliseconds since 1970 by their size.
    static func time(_ value: JSONValue) throws(RecordError) -> Timestamp? {
        guard value != .null else { return nil }
        let text = value.plainText
        if let number = Double(text), number.isFinite, abs(number) < 1e15 {
            return Timestamp(microseconds: Int64((number * (abs(number) < 1e11 ? 1e6 : 1e3)).rounded()))
        }
        guard let time = Timestamp.lenient(text) else {
            throw RecordError("invalid_time", "The record's time cannot be read.")
        }
        return time
    }
}

extension JSONValue {
    /// The text or number that it is, as a text; `nil` for an empty one and for anything else.
    var nonempty: String? {
        switch self {
        case .string(let text) where !text.isEmpty: text
        case .number(let number): number.text
        default: nil
        }
    }
}

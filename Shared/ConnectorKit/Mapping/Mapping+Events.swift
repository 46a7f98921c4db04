public import Events

extension Mapping {
    /// What an event is made under, besides its record.
    public struct Context: Sendable {
        /// The source's name, which keeps equal records of two sources apart.
        public var source: String
        /// The time of a record that names none.
        public var time: Timestamp
        /// The id of an event whose record names none; without it the id is made from the content.
        public var messageID: String?

        /// A context of its parts.
        public init(source: String, time: Timestamp, messageID: String? = nil) {
            self.source = source
            self.time = time
            self.messageID = messageID
        }
    }

    /// The event that a record stands for.
    public func event(from record: some SourceRecord, in context: Context) throws(RecordError) -> SourceEvent {
        var draft = EventDraft(type: type)
        let name = try eventName(in: record)
        if let name { draft.field(type == .track ? "event" : "name", name) }
        let identifiers = try values(of: externalIDs, in: record)
        let isAnchored = try writeTopLevel(of: record, to: &draft)
        guard isAnchored || !identifiers.isEmpty else {
            throw RecordError("no_identifier", "The record has no identifier: none of the mapped fields has a value.")
        }
        try writeContent(of: record, identifiers: identifiers, to: &draft)
        let time = try timestamp?.time(in: record)
        // Of a call that says how things are, an undated record may say again what it said before a change.
        let content = draft.hashed(for: context.source, time: time ?? (type == .track ? nil : context.time))
        draft.field("timestamp", (time ?? context.time).description)
        let messageID = try messageID?.text(in: record).map(Self.shortened) ?? context.messageID ?? content
        return draft.event(
            messageID: messageID,
            name: name,
            timestamp: time ?? context.time,
            originalTimestamp: time
        )
    }

    private static func shortened(_ key: String) -> String {
        key.utf8.count <= 100 ? key : EventDraft.id(of: [key])
    }

    private func eventName(in record: some SourceRecord) throws(RecordError) -> String? {
        let name = try event?.text(in: record)
        guard type != .track || name != nil else { throw RecordError("no_event", "The record names no event.") }
        return name
    }

    private func writeTopLevel(of record: some SourceRecord, to draft: inout EventDraft) throws(RecordError) -> Bool {
        var isAnchored = false
        for entry in topLevel {
            guard let text = try entry.rule.text(in: record) else { continue }
            draft.field(entry.name, text)
            isAnchored = isAnchored || entry.name == "userId" || entry.name == "anonymousId"
        }
        return isAnchored
    }

    private func writeContent(
        of record: some SourceRecord,
        identifiers: [(String, JSONValue)],
        to draft: inout EventDraft
    ) throws(RecordError) {
        let traits = try values(of: traits, in: record)
        let carriesTraits = type == .identify || type == .group
        if carriesTraits { draft.object("traits", traits) }
        draft.object("properties", try values(of: properties, in: record))
        draft.context(identifiers: identifiers, traits: carriesTraits ? [] : traits)
    }

    private func values(of entries: [Entry], in record: some SourceRecord) throws(RecordError) -> [(String, JSONValue)]
    {
        var values: [(String, JSONValue)] = []
        for entry in entries {
            guard let value = try entry.rule.value(in: record), value != .null else { continue }
            values.append((entry.name, value))
        }
        return values
    }
}

extension FieldRule {
    fileprivate func time(in record: some SourceRecord) throws(RecordError) -> Timestamp? {
        guard let text = try text(in: record) else { return nil }
        guard let time = Timestamp.lenient(text) else {
            throw RecordError("invalid_time", "The record's time cannot be read.")
        }
        return time
    }
}

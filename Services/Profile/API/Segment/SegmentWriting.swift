import Events
import Identity
import Store

/// A trait as the Segment Profile API shows it.
struct SegmentTrait: Sendable {
    let name: String
    /// JSON.
    let value: [UInt8]
    /// Where it is from; `nil` where that is not asked for.
    let provenance: (source: String, time: Timestamp)?

    func write(to writer: inout JSONWriter) {
        writer.key(name)
        guard let provenance else { return writer.raw(value) }
        writer.beginObject()
        writer.key("value")
        writer.raw(value)
        writer.field("source_id", provenance.source)
        writer.field("updated_at", provenance.time)
        writer.endObject()
    }
}

extension ProfileView {
    /// The traits in the order of their names.
    func segmentTraits(
        _ names: Set<String>?,
        verbose rules: [String: TraitRule]?,
        in db: any SQLConnection
    ) throws -> [SegmentTrait] {
        if let rules {
            return try TraitProvenance.all(of: number, rules: rules, in: db).filter { names?.contains($0.name) ?? true }
                .map { SegmentTrait(name: $0.name, value: Array($0.value.utf8), provenance: ($0.source, $0.time)) }
        }
        return try JSONDocument(traits: traits).root.members.filter { names?.contains($0.key) ?? true }
            .map { SegmentTrait(name: $0.key, value: Array($0.value.raw), provenance: nil) }
            .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }
}

extension SeenIdentifier {
    /// The earliest evidence of each of some identifiers that has any: its source, and its message id.
    static func firstEvidence(
        of identifiers: some Collection<SeenIdentifier>,
        in db: any SQLConnection
    ) throws -> [Int64: (source: String, messageID: String)] {
        let (least, greatest) = (db.dialect.least, db.dialect.greatest)
        let query = try BulkStatement(
            """
            SELECT s.name, e.message_id
            FROM evidence side CROSS JOIN evidence e JOIN source s ON s.id = e.source
            WHERE e.identifier = \(least)(side.identifier, side.other) AND e.other = \(greatest)(side.identifier, side.other)
                AND side.identifier = ? ORDER BY e.time, e.message_id LIMIT 1
            """,
            in: db
        )
        var evidence: [Int64: (source: String, messageID: String)] = [:]
        try query.forEach(identifiers) {
            query.bind(1, $0.number)
        } _: { identifier in
            if try query.step() { evidence[identifier.number] = (query.text(0), query.text(1)) }
        }
        return evidence
    }

    /// Writes the identifier with its earliest evidence, where there is any.
    func writeExternalID(to writer: inout JSONWriter, _ evidence: (source: String, messageID: String)?) {
        writer.beginObject()
        if let evidence { writer.field("source_id", evidence.source) }
        writer.field("collection", "users")
        writer.field("id", identifier.value)
        writer.field("type", SegmentID.type(of: identifier.namespace))
        writer.field("created_at", firstSeen)
        writer.field("encoding", "none")
        if let evidence { writer.field("first_message_id", evidence.messageID) }
        writer.endObject()
    }
}

extension TimelineEntry {
    /// Writes the event as the Segment Profile API shows it; of one no longer on the log, what is known without it.
    func writeSegment(to writer: inout JSONWriter, _ envelope: EventEnvelope?, profile: String) {
        writer.beginObject()
        writer.array("external_ids", of: externalIDs(in: envelope)) { Self.write($0, to: &$1) }
        for part in ["context", "properties", "traits"] {
            if let value = envelope?.event[part], value.kind == .object { writer.field(part, value) }
        }
        writer.field("type", type)
        writer.field("message_id", envelope?.messageID ?? "")
        writer.field("source_id", source)
        writer.field("timestamp", Timestamp(microseconds: place.time))
        if !name.isEmpty { writer.field("event", name) }
        writer.object("related") { $0.field("users", profile) }
        writer.endObject()
    }

    private func externalIDs(in envelope: EventEnvelope?) -> [(type: String, id: String)] {
        guard let event = envelope?.event else { return [(SegmentID.type(of: identifier.namespace), identifier.value)] }
        let own = [("user_id", event["userId"]), ("anonymous_id", event["anonymousId"])]
        let further = EventEnvelope.externalIDKeys.compactMap { event["context"]?[$0] }.flatMap(\.elements)
            .map { ($0["type"]?.string ?? "", $0["id"]) }
        return (own + further).compactMap { type, id in
            guard !type.isEmpty, let id = id?.string ?? id?.int64.map(String.init) else { return nil }
            return (type, id)
        }
    }

    private static func write(_ id: (type: String, id: String), to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("collection", "users")
        writer.field("type", id.type)
        writer.field("id", id.id)
        writer.field("encoding", "none")
        writer.endObject()
    }
}

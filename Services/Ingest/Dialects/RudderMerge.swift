import Events

/// RudderStack's `merge` call: two identifiers, of any kind, are one person's.
///
/// It has no counterpart among the six calls; it becomes an `identify` with both as `context.externalIds`.
enum RudderMerge {
    static func admit(_ reader: EventReader, context: JSONView?) throws(Refusal) -> AdmittedEvent {
        var reader = reader
        let pairs = try pairs(of: reader.item, limits: reader.delivery.limits)
        let messageID = try reader.messageID(reader.item["messageId"])
        let times = reader.segmentTimes()
        for key in ["userId", "anonymousId"] { _ = try reader.identifier(reader.item[key], named: key) }
        reader.splice.removeKeys(of: reader.item, isKey: reader.delivery.isKey)
        // What is forgotten of the external ids would still stand there.
        if let pairs = reader.item["mergeProperties"] { reader.splice.remove(pairs) }
        var ids = JSONWriter()
        write(pairs, to: &ids)
        reader.addDefaults(context: context, externalIDs: ids.bytes)
        return AdmittedEvent(
            type: .identify,
            messageID: messageID,
            times: times,
            historical: reader.delivery.historical,
            orderingKey: "\(pairs[0].type):\(pairs[0].value)",
            event: reader.splice.applied(to: reader.item),
            warnings: reader.warnings
        )
    }

    private static func pairs(
        of item: JSONView,
        limits: Limits
    ) throws(Refusal) -> [(type: String, value: String)] {
        let pairs = (item["mergeProperties"]?.elements.map { $0 } ?? []).compactMap {
            pair -> (type: String, value: String)? in
            guard let type = pair["type"]?.string, let value = pair["value"]?.string else { return nil }
            return type.isEmpty || value.isEmpty ? nil : (type, value)
        }
        guard pairs.count == 2 else {
            throw Refusal(.missingID, "A merge call needs two mergeProperties, each with a type and a value.")
        }
        for pair in pairs {
            switch IdentifierPolicy.judge(pair.value, limits: limits) {
            case .fine: continue
            case .empty: throw Refusal(.illegalID, "A value of mergeProperties has nothing but white space or quotes.")
            case .illegal(let reason): throw Refusal(.illegalID, "A value of mergeProperties \(reason).")
            }
        }
        return pairs
    }

    private static func write(_ pairs: [(type: String, value: String)], to writer: inout JSONWriter) {
        writer.beginArray()
        for pair in pairs {
            writer.beginObject()
            writer.field("id", pair.value)
            writer.field("type", pair.type)
            writer.endObject()
        }
        writer.endArray()
    }
}

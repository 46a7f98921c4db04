import Events
import ServiceKit
import Topics

/// The place behind a decision or a correction in the list of all, the last of which comes first.
struct DecisionCursor: Comparable {
    /// What its text looks like.
    static let pattern = "^[0-9]{1,19}\\.[A-Za-z0-9_]{1,64}$"

    let time: Int64
    let id: String

    init(_ word: Word, of id: String) {
        (time, self.id) = (word.time.microseconds, id)
    }

    init(_ text: String) throws(APIError) {
        let parts = text.split(separator: ".", maxSplits: 1)
        guard parts.count == 2, let time = Int64(parts[0]) else { throw .badCursor }
        (self.time, id) = (time, String(parts[1]))
    }

    var text: String { "\(time).\(id)" }

    /// What a store has behind a place, the last first, together with what it has not, in one list.
    static func merged<Element>(
        _ stored: [Element],
        _ others: [Element],
        after last: DecisionCursor?,
        by cursor: (Element) -> DecisionCursor
    ) -> [Element] {
        let behind = others.filter { other in last.map { cursor(other) < $0 } ?? true }
        return (stored + behind).sorted { cursor($1) < cursor($0) }
    }

    static func < (left: DecisionCursor, right: DecisionCursor) -> Bool {
        (left.time, left.id) < (right.time, right.id)
    }

    /// A page of at most `limit` under its name, with the cursor of the next one if there are more.
    static func page<Element>(
        _ name: String,
        of found: [Element],
        limit: Int,
        by cursor: (Element) -> DecisionCursor,
        _ write: (Element, inout JSONWriter) -> Void
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: 4096)
        writer.beginObject()
        writer.objects(name, of: found.prefix(limit), write)
        if found.count > limit { writer.field("cursor", cursor(found[limit - 1]).text) }
        writer.endObject()
        return writer.bytes
    }
}

import Events
import Hummingbird
import MessageLog
import ServiceKit
import Topics

extension ProfileAPI {
    /// What was done by administrators.
    var auditEndpoints: [Endpoint] {
        [
            Endpoint(
                method: .get,
                path: "/v1/audit",
                name: "listAudit",
                summary: "Every administrative call, newest first, refused ones included.",
                scope: .admin,
                query: [
                    .limit(), .cursor(Positions.pattern),
                    QueryParameter("actor", .text(256), "Only calls made with the key of this id."),
                    QueryParameter("action", .text(256), "Only this action, such as `keys.create`."),
                ],
                answer: .json("AuditPage", "A page of entries."),
                action: .administration("audit.list", listAudit)
            )
        ]
    }

    private func listAudit(_ call: Call) async throws -> Administered {
        let actor = call.query.text("actor")
        let action = call.query.text("action")
        let response = try await historyPage(of: Topic.control, as: "entries", for: call) { stored in
            guard case .audit(let entry)? = try? ControlRecord(decoding: stored.record.value),
                actor.map({ $0 == entry.actor }) ?? true, action.map({ $0 == entry.action }) ?? true
            else { return nil }
            return entry.writeEntry
        }
        return Administered(subject: "audit", response: response)
    }

    /// A page of a topic's records, newest first: those that are selected, each written by what selected it.
    ///
    /// One more than fits is looked for, so that a cursor leads to something, unless so many are passed over, or for so long, that the page ends.
    func historyPage(
        of topic: String,
        as name: String,
        for call: Call,
        select: (StoredRecord) -> ((inout JSONWriter) -> Void)?
    ) async throws -> Response {
        let limit = call.query.integer("limit")
        var history = try await TopicHistory(log: log, topic: topic, cursor: try call.positions())
        var writer = JSONWriter()
        writer.beginObject()
        writer.key(name)
        writer.beginArray()
        var found = 0
        var scanned = 0
        let last = ContinuousClock.now + limits.scanning
        var end = history.positions
        var cursor: Positions?
        while cursor == nil, let record = try await history.next() {
            scanned += 1
            if let write = select(record) {
                guard found < limit else {
                    cursor = end
                    break
                }
                write(&writer)
                found += 1
                end = history.positions
            }
            if scanned >= limits.scanned || ContinuousClock.now >= last { cursor = history.positions }
        }
        writer.endArray()
        if let cursor { writer.field("cursor", cursor.description) }
        writer.endObject()
        return .json(writer.bytes)
    }
}

extension AuditEntry {
    fileprivate func writeEntry(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("actor", actor)
        writer.field("action", action)
        writer.field("subject", subject)
        writer.field("status", status)
        writer.field("time", time)
        writer.endObject()
    }
}

extension Call {
    /// The places that a cursor of a topic's page stands for; `nil` without a cursor.
    func positions() throws(APIError) -> Positions? {
        guard let text = query.text("cursor") else { return nil }
        guard let positions = Positions(text) else { throw .badCursor }
        return positions
    }
}

extension APIError {
    static let badCursor = APIError.badRequest("invalid_cursor", "The cursor is not one that a page of this list gave.")
}

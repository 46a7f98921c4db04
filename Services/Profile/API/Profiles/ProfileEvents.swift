import Events
import Hummingbird
import ServiceKit
import Store

extension ProfileAPI {
    static let eventParameters: [QueryParameter] = [
        .limit(), .cursor(TimelinePlace.pattern),
        QueryParameter("order", .choice(["desc", "asc"], default: "desc"), "Newest or oldest first."),
        QueryParameter("name", .text(1024), "Only events of this name."),
        QueryParameter("type", .choice(EventType.allCases.map(\.rawValue), default: nil), "Only these calls."),
        QueryParameter("source", .text(256), "Only from this source."),
        QueryParameter("from", .time, "Only events then or later."),
        QueryParameter("to", .time, "Only events before then."),
        QueryParameter("messageId", .text(1024), "Only the event with this id."),
    ]

    func getEvents(_ call: Call) async throws -> Response {
        let reference = try call.reference()
        let limit = call.query.integer("limit")
        let page = try await events(
            of: reference,
            matching: try TimelineQuery(call.query),
            messageID: call.query.text("messageId"),
            limit: limit
        )
        var writer = JSONWriter(capacity: 16 * 1024)
        writer.beginObject()
        writer.field("id", page.profile)
        writer.key("events")
        writer.beginArray()
        for (entry, envelope) in page.events { entry.write(to: &writer, envelope: envelope) }
        writer.endArray()
        if let next = page.next { writer.field("cursor", next.description) }
        writer.endObject()
        return .json(writer.bytes)
    }

    /// A page of a profile's events with their bodies, and the place to go on behind if there may be more.
    struct EventsPage: Sendable {
        var profile: String
        var events: [(TimelineEntry, EventEnvelope?)] = []
        var next: TimelinePlace?
    }

    /// Reads a page, which ends early where its bodies become too many bytes.
    ///
    /// With a message id, events are passed over until it is found, or enough were looked at, or for long enough.
    func events(
        of reference: ProfileReference,
        matching query: TimelineQuery,
        messageID: String? = nil,
        limit: Int
    ) async throws -> EventsPage {
        var query = query
        var scanned = 0
        let end = ContinuousClock.now + limits.scanning
        let wanted = messageID == nil ? limit : 200
        while true {
            let (profile, entries) = try await entries(of: reference, matching: query, limit: wanted + 1)
            let bodies = try await EventBodies(log: log)
                .page(of: Array(entries.prefix(wanted)), bytes: limits.bodiesBytes)
            let shown = entries.prefix(bodies.count)
            var page = EventsPage(profile: profile, next: entries.count > shown.count ? shown.last?.place : nil)
            page.events = shown.map { ($0, bodies.envelopes[$0.place]) }
            guard let messageID else { return page }
            page.events.removeAll { $0.1?.messageID != messageID }
            scanned += shown.count
            guard page.events.isEmpty, let next = page.next, scanned < limits.scanned,
                ContinuousClock.now < end
            else { return page }
            query.after = next
        }
    }

    private func entries(
        of reference: ProfileReference,
        matching query: TimelineQuery,
        limit: Int
    ) async throws -> (profile: String, entries: [TimelineEntry]) {
        try await read(reference) { view, db in
            (view.id, try query.entries(of: view.number, limit: limit, in: db))
        }
    }
}

extension TimelineQuery {
    /// What a caller asked for.
    fileprivate init(_ query: Query) throws(APIError) {
        ascending = query.text("order") == "asc"
        from = query.time("from")
        to = query.time("to")
        names = query.text("name").map { [$0] }
        type = query.text("type")
        source = query.text("source")
        if let cursor = query.text("cursor") {
            guard let place = TimelinePlace(cursor) else { throw .badCursor }
            after = place
        }
    }
}

extension TimelineEntry {
    /// Writes the event; one whose body is no longer on the log, without it.
    func write(to writer: inout JSONWriter, envelope: EventEnvelope?) {
        writer.beginObject()
        if let envelope { writer.field("messageId", envelope.messageID) }
        writer.field("type", type)
        if !name.isEmpty { writer.field("name", name) }
        writer.field("source", source)
        writer.field("time", Timestamp(microseconds: place.time))
        if let envelope { writer.field("receivedAt", envelope.header.receivedAt) }
        writer.field("identifier", identifier.description)
        writer.field("position", "\(lane)@\(place.offset)")
        if let envelope {
            writer.field("event", envelope.event)
        } else {
            writer.field("gone", true)
        }
        writer.endObject()
    }
}

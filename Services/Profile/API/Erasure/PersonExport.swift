import Events
import Hummingbird
import Identity
import NIOCore
import ServiceKit
import Store

extension ProfileAPI {
    /// Giving a person everything that is held on them.
    var personExportEndpoint: Endpoint {
        profileEndpoint(
            "/export",
            name: "exportProfile",
            summary: "Everything that is held on a person: the profile, every event, and why it is this person's.",
            answer: .json("PersonExport", "All of it, streamed."),
            isStream: true,
            exportPerson
        )
    }

    /// The events come page by page, so that a long life needs no more memory than a short one.
    private func exportPerson(_ call: Call) async throws -> Response {
        let store = inUse.view
        let (reference, head) = try await read(try call.reference(), from: store) { view, db in
            guard let reference = ProfileReference(view.id) else { throw APIError.notFound("The profile has no id.") }
            return (reference, try PersonExport.head(of: view, in: store, db))
        }
        let body = ResponseBody { writer in
            try await writer.write(ByteBuffer(bytes: head))
            var query = TimelineQuery()
            var isFirst = true
            repeat {
                let page = try await events(of: reference, matching: query, limit: 200)
                try await writer.write(ByteBuffer(bytes: PersonExport.piece(of: page, isFirst: isFirst)))
                isFirst = isFirst && page.events.isEmpty
                query.after = page.next
            } while query.after != nil
            try await writer.write(ByteBuffer(string: "]}\n"))
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: "application/json"], body: body)
    }
}

/// The pieces of an export, which is one JSON object.
private enum PersonExport {
    /// Everything but the events, up to where their list begins.
    static func head(of view: ProfileView, in store: StoreView, _ db: any SQLConnection) throws -> [UInt8] {
        var writer = JSONWriter(capacity: 8192)
        writer.beginObject()
        writer.key("profile")
        for profile in try WholeProfile.all([view], verbose: store.lookup.rules.traits, in: db) {
            try profile.write(to: &writer)
        }
        writer.key("evidence")
        try IdentityGraph(of: view, by: store.lookup, in: db).writeOwnEdges(to: &writer)
        writer.key("corrections")
        writer.beginArray()
        for correction in try StandingWord.corrections(of: view.number, in: db) {
            writer.beginObject()
            correction.writePublicFields(to: &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.key("decisions")
        writer.beginArray()
        for decision in try StandingWord.decisions(of: view.number, in: db) {
            writer.beginObject()
            decision.writePublicFields(to: &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.key("history")
        writer.beginArray()
        var history = try ProfileHistory(of: view, in: db)
        for entry in try history.entries(before: nil, limit: .max) {
            entry.write(to: &writer, telling: false)
        }
        writer.endArray()
        writer.key("events")
        writer.beginArray()
        return writer.bytes
    }

    /// Some of the events.
    static func piece(of page: ProfileAPI.EventsPage, isFirst: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        for (place, (entry, envelope)) in page.events.enumerated() {
            if !isFirst || place > 0 { bytes.append(UInt8(ascii: ",")) }
            var writer = JSONWriter(capacity: 1024)
            entry.write(to: &writer, envelope: envelope)
            bytes += writer.bytes
        }
        return bytes
    }
}

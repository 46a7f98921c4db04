import Events
import Hummingbird
import ServiceKit
import Store

extension ProfileAPI {
    /// Finding profiles by what they are and did.
    var searchEndpoints: [Endpoint] {
        [
            Endpoint(
                method: .post,
                path: "/v1/profiles/search",
                name: "searchProfiles",
                summary: "Profiles that meet a condition.",
                scope: .read,
                body: "Search",
                answer: .json("ProfilePage", "A page of profiles."),
                action: .query(searchProfiles)
            ),
            Endpoint(
                method: .post,
                path: "/v1/profiles/count",
                name: "countProfiles",
                summary: "How many profiles meet a condition.",
                scope: .read,
                body: "CountSearch",
                answer: .json("Count", "Their number."),
                action: .query(countProfiles)
            ),
            Endpoint(
                method: .get,
                path: "/v1/export",
                name: "exportProfiles",
                summary: "Every profile, one JSON object per line.",
                scope: .read,
                query: [.verbose],
                answer: Endpoint.Answer(
                    contentType: "application/x-ndjson",
                    schema: "ProfileLines",
                    summary: "The profiles.",
                    headers: [
                        "X-Total-Count": "How many profiles there were at the start.",
                        "X-Changes-Position":
                            "Follow /v1/profiles/stream from here, as Last-Event-ID, to miss no change.",
                    ]
                ),
                isStream: true,
                action: .query(exportProfiles)
            ),
        ]
    }

    private func searchProfiles(_ call: Call) async throws -> Response {
        let request = try SearchRequest(json: try await call.object(SearchRequest.fields))
        let view = inUse.view
        let search = ProfileSearch(request.condition, lookup: view.lookup, now: call.now, scanned: limits.scanned)
        let most = limits.traitCharacters
        return try await view.reader.read { db in
            let page = try search.page(request.sort, limit: request.limit, after: request.cursor, in: db)
                .ending(behind: most, in: db)
            var writer = JSONWriter(capacity: 64 * 1024)
            writer.beginObject()
            writer.key("profiles")
            writer.beginArray()
            for profile in try WholeProfile.all(numbered: page.profiles, in: db) { try profile.write(to: &writer) }
            writer.endArray()
            if let cursor = page.cursor { writer.field("cursor", cursor.text) }
            if request.wantsTotal { writer.field("total", try search.count(in: db)) }
            writer.endObject()
            return .json(writer.bytes)
        }
    }

    private func countProfiles(_ call: Call) async throws -> Response {
        let request = try SearchRequest(json: try await call.object(SearchRequest.countFields))
        let view = inUse.view
        let search = ProfileSearch(request.condition, lookup: view.lookup, now: call.now)
        let count = try await view.reader.read { try search.count(in: $0) }
        return .json(JSONWriter.object { $0.field("count", count) })
    }
}

import Events
import Hummingbird
import MessageLog
import ServiceKit
import Topics

extension ProfileAPI {
    /// Profiles as they change.
    var streamEndpoints: [Endpoint] {
        [
            Endpoint(
                method: .get,
                path: "/v1/profiles/stream",
                name: "streamProfiles",
                summary: "Profiles as they change, as server-sent events.",
                scope: .read,
                query: [
                    Self.streamStart,
                    QueryParameter("identifier", .identifier, "Only the profile that this identifier belongs to."),
                ],
                headers: [Self.lastEventID],
                answer: .eventStream("Each `profile` event carries one change as the schema `Change` has it."),
                isStream: true,
                action: .query(streamProfiles)
            )
        ]
    }

    private func streamProfiles(_ call: Call) async throws -> Response {
        let feed = try await streamFeed(of: Topic.changes, for: call)
        let person = try await followedPerson(of: call)
        return eventStream(of: feed, for: call) { stored in
            guard let change = try? Change(decoding: stored.record.value) else { return nil }
            if let person, try await !person.isConcerned(by: change, in: inUse.view) { return nil }
            return ServerSentEvent(name: "profile", json: change.summary)
        }
    }

    private func followedPerson(of call: Call) async throws -> FollowedPerson? {
        guard let identifier = call.query.identifier("identifier") else { return nil }
        return try await FollowedPerson(identifier, in: inUse.view)
    }
}

extension Change {
    /// What a stream tells about a change: which profile, and what became of it.
    fileprivate var summary: [UInt8] {
        JSONWriter.object { writer in
            writer.field("id", profileID)
            writer.field("revision", revision)
            writer.field("kind", kind.rawValue)
            writer.array("formerIds", of: formerIDs)
            writer.field("time", time)
            writer.field("events", events.count)
            if historical { writer.field("historical", true) }
        }
    }
}

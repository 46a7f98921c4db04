import Events
import Hummingbird
import MessageLog
import ServiceKit
import Store
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
        let identifier = call.query.identifier("identifier")
        return eventStream(of: feed, for: call) { stored in
            guard let change = try? Change(decoding: stored.record.value) else { return nil }
            if let identifier, try await !concerns(change, identifier) { return nil }
            return ServerSentEvent(name: "profile", json: change.summary)
        }
    }

    /// Whether the changed profile is, by now, the one that the identifier belongs to; ids lead on after a merge.
    private func concerns(_ change: Change, _ identifier: Identifier) async throws -> Bool {
        let view = inUse.view
        return try await view.reader.read { db in
            guard let wanted = try view.lookup.profile(.identifier(identifier), in: db) else { return false }
            return try view.lookup.profile(.id(change.profileID), in: db) == wanted
        }
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

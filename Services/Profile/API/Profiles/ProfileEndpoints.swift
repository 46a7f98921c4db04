import Events
import HTTPTypes
import Hummingbird
import Identity
import ServiceKit
import Store

extension ProfileAPI {
    /// One profile, whole or in parts.
    var profileEndpoints: [Endpoint] {
        [
            profileEndpoint(
                "",
                name: "getProfile",
                summary: "A profile by any of its identifiers, or by its id.",
                query: [.verbose],
                answer: .json("Profile", "The profile."),
                getProfile
            ),
            profileEndpoint(
                "/traits",
                name: "getProfileTraits",
                summary: "What is known about the person.",
                query: [.verbose, QueryParameter("include", .list, "Only these traits.")],
                answer: .json("ProfileTraits", "The traits."),
                getTraits
            ),
            profileEndpoint(
                "/identifiers",
                name: "getProfileIdentifiers",
                summary: "Every identifier of the person.",
                answer: .json("ProfileIdentifiers", "The identifiers, the first seen first."),
                getIdentifiers
            ),
            profileEndpoint(
                "/events",
                name: "getProfileEvents",
                summary: "What the person did, newest first.",
                query: Self.eventParameters,
                answer: .json("EventPage", "A page of events."),
                getEvents
            ),
            profileEndpoint(
                "/graph",
                name: "getProfileGraph",
                summary: "The identifiers, and the evidence between them.",
                answer: .json("Graph", "The graph."),
                getGraph
            ),
            personExportEndpoint,
        ] + identityEndpoints
    }

    func profileEndpoint(
        _ part: String,
        name: String,
        summary: String,
        query: [QueryParameter] = [],
        answer: Endpoint.Answer,
        isStream: Bool = false,
        _ action: @escaping @Sendable (Call) async throws -> Response
    ) -> Endpoint {
        Endpoint(
            method: .get,
            path: "/v1/profiles/{identifier}\(part)",
            name: name,
            summary: summary,
            scope: .read,
            pathParameters: [Self.profileParameter],
            query: query,
            answer: answer,
            refusals: [.notFound],
            isStream: isStream,
            action: .query(action)
        )
    }

    static let profileParameter = PathParameter(
        name: "identifier",
        summary: "An identifier as `namespace:value`, percent-encoded, or a profile's id.",
        example: "email:ada@example.com",
        pattern: ProfileReference.pattern
    )

    // MARK: - Answers

    private func getProfile(_ call: Call) async throws -> Response {
        let reference = try call.reference()
        let verbose = call.query.flag("verbose") ? lookup.rules.traits : nil
        return try await read(reference) { view, db in
            var writer = JSONWriter(capacity: 2048)
            for profile in try WholeProfile.all([view], verbose: verbose, in: db) { try profile.write(to: &writer) }
            return .json(writer.bytes)
        }
    }

    private func getTraits(_ call: Call) async throws -> Response {
        let reference = try call.reference()
        let verbose = call.query.flag("verbose") ? lookup.rules.traits : nil
        let names = call.query.list("include").map(Set.init)
        return try await read(reference) { view, db in
            var writer = JSONWriter(capacity: 1024)
            writer.beginObject()
            view.writeHead(to: &writer)
            writer.key("traits")
            let provenance = try verbose.map { try TraitProvenance.all(of: view.number, rules: $0, in: db) }
            try view.writeTraits(to: &writer, from: provenance, only: names)
            writer.endObject()
            return .json(writer.bytes)
        }
    }

    private func getIdentifiers(_ call: Call) async throws -> Response {
        try await read(try call.reference()) { view, db in
            let seen = try SeenIdentifier.all(of: view.number, in: db)
            let identifiers = try Sightings(of: view.number, in: db).dating(seen)
            var writer = JSONWriter(capacity: 1024)
            writer.beginObject()
            view.writeHead(to: &writer)
            writer.array("identifiers", of: identifiers) { $0.write(to: &$1) }
            writer.endObject()
            return .json(writer.bytes)
        }
    }

    private func getGraph(_ call: Call) async throws -> Response {
        let store = inUse.view
        return try await read(try call.reference(), from: store) { view, db in
            var writer = JSONWriter(capacity: 4096)
            try IdentityGraph(of: view, by: store.lookup, in: db).write(to: &writer)
            return .json(writer.bytes)
        }
    }

    /// The identifier that a caller named a profile by; an id stands for the one that founds the profile.
    static func named(
        _ reference: ProfileReference,
        of profile: ProfileView,
        by lookup: ProfileLookup,
        in db: any SQLConnection
    ) throws -> Identifier {
        if case .identifier(let identifier) = reference, let named = lookup.normalized(identifier) { return named }
        let sql = """
            SELECT n.name, i.value, i.device FROM profile p JOIN identifier i ON i.id = p.founder
            JOIN namespace n ON n.id = i.namespace WHERE p.id = ?
            """
        let founder = try db.first(sql, [profile.number]) { row -> (name: Identifier, device: Int64?) in
            (Identifier(row[0], row[1]), row[2])
        }
        guard let founder else { throw APIError.notFound("No profile has this identifier or id.") }
        guard founder.device == nil else { throw Self.onlyTimes }
        return founder.name
    }

    /// The device itself is others' as well.
    private static let onlyTimes = APIError(
        .conflict,
        code: "only_times_on_devices",
        message:
            "This profile has nothing but somebody's time on devices that several people used, and no identifier of its own."
    )

    /// Finds the profile and makes something of it, in one snapshot of the store.
    func read<Value: Sendable>(
        _ reference: ProfileReference,
        from store: StoreView? = nil,
        _ make: @escaping @Sendable (ProfileView, any SQLConnection) throws -> Value
    ) async throws -> Value {
        let store = store ?? inUse.view
        let value = try await store.reader.read { db -> Value? in
            guard let key = try store.lookup.key(of: reference, in: db), let view = try ProfileView(key: key, in: db)
            else { return nil }
            return try make(view, db)
        }
        guard let value else { throw APIError.notFound("No profile has this identifier or id.") }
        return value
    }
}

extension Call {
    /// The profile that the path names.
    func reference() throws(APIError) -> ProfileReference {
        guard let reference = ProfileReference(path["identifier"] ?? "") else {
            throw .badRequest(
                "invalid_identifier",
                "The path must name an identifier, as namespace:value, or a profile's id."
            )
        }
        return reference
    }
}

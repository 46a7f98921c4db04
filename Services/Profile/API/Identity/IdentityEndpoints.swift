import Events
import Hummingbird
import ServiceKit
import Store

extension ProfileAPI {
    /// Why a profile is what it is.
    var identityEndpoints: [Endpoint] {
        [
            profileEndpoint(
                "/explain",
                name: "explainProfile",
                summary: "Why two identifiers are one person's, or are not.",
                query: [
                    QueryParameter("to", .reference, "The other identifier, or a profile's id.", isRequired: true),
                    QueryParameter(
                        "from",
                        .reference,
                        "One of the profile's identifiers, to begin with instead of the one in the path."
                    ),
                ],
                answer: .json("Explanation", "The best chain of evidence that joins them, or that would."),
                getExplanation
            ),
            profileEndpoint(
                "/history",
                name: "getProfileHistory",
                summary: "The merges, splits and renamings by which the profile came to be, newest first.",
                query: [.limit(), .cursor("^[1-9][0-9]{0,17}$")],
                answer: .json("HistoryPage", "A page of them."),
                getHistory
            ),
        ]
    }

    // MARK: - Explaining

    private func getExplanation(_ call: Call) async throws -> Response {
        let reference = try call.reference()
        guard let to = call.query.reference("to") else { throw QueryError.missing("to") }
        let from = call.query.reference("from")
        let view = inUse.view
        return try await view.reader.read { db in
            let lookup = view.lookup
            let graph = try WorkingGraph(reading: db, rules: lookup.rules, hash: lookup.hashes)
            let own = try Subject(reference, by: lookup, in: graph)
            let start = try from.map { try Self.start($0, of: own, by: lookup, in: graph) } ?? own
            var writer = JSONWriter(capacity: 2048)
            try StoredExplanation(start, try Subject(to, by: lookup, in: graph), in: graph).write(to: &writer)
            return .json(writer.bytes)
        }
    }

    /// The identifier of a profile that a caller chose to begin with.
    private static func start(
        _ reference: ProfileReference,
        of own: Subject,
        by lookup: ProfileLookup,
        in graph: WorkingGraph
    ) throws -> Subject {
        guard let id = own.id else { throw APIError.notFound("No profile has the identifier or id in the path.") }
        let profile = try graph.node(id).profile
        guard let start = try Subject(reference, by: lookup, in: graph).within(profile, in: graph) else {
            throw APIError.notFound("“from” is none of the profile's own identifiers.")
        }
        return start
    }

    // MARK: - History

    private static func place(_ cursor: String?) throws(APIError) -> Int64? {
        guard let cursor else { return nil }
        guard let place = Int64(cursor), place > 0, cursor == "\(place)" else { throw .badCursor }
        return place
    }

    private func getHistory(_ call: Call) async throws -> Response {
        let limit = call.query.integer("limit")
        let last = try Self.place(call.query.text("cursor"))
        let (store, inEffect) = (inUse.view, inEffect)
        return try await read(try call.reference(), from: store) { view, db in
            var history = try ProfileHistory(of: view, in: db)
            let entries = try history.entries(before: last, limit: limit + 1)
            let isDecided = entries.contains(where: \.isDecided)
            let decisions = isDecided ? ToldDecisions(inEffect.book, rules: store.lookup.rules) : nil
            var writer = JSONWriter(capacity: 4096)
            writer.beginObject()
            writer.field("id", view.id)
            writer.array("entries", of: entries.prefix(limit)) { $0.write(to: &$1, by: decisions) }
            if entries.count > limit { writer.field("cursor", "\(entries[limit - 1].id)") }
            writer.endObject()
            return .json(writer.bytes)
        }
    }
}

import Events
import Hummingbird
import Identity
import ServiceKit
import Store

extension ProfileAPI {
    /// The Segment Profile API: the same profiles, in the words of its clients.
    var segmentEndpoints: [Endpoint] {
        [
            segmentEndpoint(
                "traits",
                "A person's traits.",
                [
                    QueryParameter("include", .list, "Only these traits."),
                    QueryParameter(
                        "class",
                        .choice(["audience", "computed_trait"], default: nil),
                        "Only computed ones."
                    ),
                    .verbose, .limit(1...200, default: 10), .next(),
                ],
                answer: "SegmentTraits",
                segmentTraits
            ),
            segmentEndpoint(
                "external_ids",
                "A person's identifiers.",
                [
                    QueryParameter("include", .list, "Only identifiers of these types."), .verbose,
                    .limit(1...100, default: 25), .next(),
                ],
                answer: "SegmentExternalIds",
                segmentExternalIDs
            ),
            segmentEndpoint(
                "events",
                "What the person did.",
                [
                    QueryParameter("include", .list, "Only events of these names."),
                    QueryParameter("exclude", .list, "No events of these names."),
                    QueryParameter("sort", .choice(["desc", "asc"], default: "desc"), "Newest or oldest first."),
                    QueryParameter("start", .time, "Only events then or later."),
                    QueryParameter("end", .time, "Only events before then."),
                    .limit(1...100, default: 10), .next("^(\(TimelinePlace.pattern.dropFirst().dropLast()))?$"),
                ],
                answer: "SegmentEvents",
                segmentEvents
            ),
            segmentEndpoint(
                "metadata",
                "When the person was seen first and last.",
                [.verbose],
                answer: "SegmentMetadata",
                segmentMetadata
            ),
        ]
    }

    private func segmentEndpoint(
        _ part: String,
        _ summary: String,
        _ query: [QueryParameter],
        answer: String,
        _ action: @escaping @Sendable (Call) async throws -> Response
    ) -> Endpoint {
        let words = part.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }
        return Endpoint(
            method: .get,
            path: "/v1/spaces/{space}/collections/{collection}/profiles/{externalId}/\(part)",
            name: "getSegment\(words.joined())",
            summary: summary,
            scope: .read,
            pathParameters: Self.segmentPath,
            query: query,
            answer: .json(answer, "As the Segment Profile API answers."),
            refusals: [.notFound],
            dialect: .segment,
            action: .query(action)
        )
    }

    private static let segmentPath = [
        PathParameter(name: "space", summary: "Any; there is one space.", example: "main"),
        PathParameter(name: "collection", summary: "Only users are kept.", example: "users", pattern: "^users$"),
        PathParameter(
            name: "externalId",
            summary: "An identifier as `type:value`, percent-encoded.",
            example: "user_id:42",
            pattern: "^[^:/]+:.+$"
        ),
    ]

    // MARK: - Traits

    private func segmentTraits(_ call: Call) async throws -> Response {
        let wanted = try SegmentPage(call)
        // There are no audiences and no computed traits yet; asked for alone, there is nothing to show.
        let isComputed = call.query.text("class") != nil
        let names = call.query.list("include").map(Set.init)
        let verbose = call.query.flag("verbose") ? lookup.rules.traits : nil
        return try await read(wanted.reference) { view, db in
            let traits = isComputed ? [] : try view.segmentTraits(names, verbose: verbose, in: db)
            let page = try wanted.slice(traits) { ExactText($0.name) }
            var writer = JSONWriter(capacity: 1024)
            writer.beginObject()
            writer.key("traits")
            writer.beginObject()
            for trait in page.shown { trait.write(to: &writer) }
            writer.endObject()
            wanted.writeCursor(next: page.next, to: &writer)
            writer.endObject()
            return .json(writer.bytes)
        }
    }

    // MARK: - Identifiers

    private func segmentExternalIDs(_ call: Call) async throws -> Response {
        let wanted = try SegmentPage(call)
        let namespaces = call.query.list("include").map { Set($0.map(SegmentID.namespace(of:))) }
        return try await read(wanted.reference) { view, db in
            let identifiers = try SeenIdentifier.all(of: view.number, in: db)
                .filter { namespaces?.contains($0.identifier.namespace) ?? true }
            let page = try wanted.slice(identifiers, by: \.place)
            let evidence = try SeenIdentifier.firstEvidence(of: page.shown, in: db)
            var writer = JSONWriter(capacity: 1024)
            writer.beginObject()
            writer.array("data", of: page.shown) { $0.writeExternalID(to: &$1, evidence[$0.number]) }
            wanted.writeCursor(next: page.next, to: &writer)
            writer.endObject()
            return .json(writer.bytes)
        }
    }

    // MARK: - Events

    private func segmentEvents(_ call: Call) async throws -> Response {
        let wanted = try SegmentPage(call)
        var query = TimelineQuery(
            ascending: call.query.text("sort") == "asc",
            from: call.query.time("start"),
            to: call.query.time("end"),
            names: call.query.list("include"),
            excluded: call.query.list("exclude")
        )
        if let next = wanted.next {
            guard let place = TimelinePlace(next) else { throw APIError.badCursor }
            query.after = place
        }
        let page = try await events(of: wanted.reference, matching: query, limit: wanted.limit)
        var writer = JSONWriter(capacity: 16 * 1024)
        writer.beginObject()
        writer.key("data")
        writer.beginArray()
        for (entry, envelope) in page.events { entry.writeSegment(to: &writer, envelope, profile: page.profile) }
        writer.endArray()
        wanted.writeCursor(next: page.next?.description, to: &writer)
        writer.endObject()
        return .json(writer.bytes)
    }

    // MARK: - Metadata

    private func segmentMetadata(_ call: Call) async throws -> Response {
        let wanted = try SegmentPage(call)
        let view = try await read(wanted.reference) { view, _ in view }
        let first = try await events(of: wanted.reference, matching: TimelineQuery(ascending: true), limit: 1)
        let last = try await events(of: wanted.reference, matching: TimelineQuery(), limit: 1)
        let body = JSONWriter.object { writer in
            writer.object("metadata") { writer in
                writer.field("created_at", view.firstSeen)
                writer.field("updated_at", view.lastSeen)
                writer.key("expires_at")
                writer.null()
                for (word, page) in [("first", first), ("last", last)] {
                    writer.fieldOrNull("\(word)_message_id", page.events.first?.1?.messageID)
                    writer.fieldOrNull("\(word)_source_id", page.events.first?.0.source)
                }
            }
        }
        return .json(body)
    }
}

extension QueryParameter {
    fileprivate static func next(_ pattern: String? = nil) -> QueryParameter {
        QueryParameter("next", .cursor(pattern), "Where to go on: `cursor.next` of the page before.")
    }
}

extension JSONWriter {
    fileprivate mutating func fieldOrNull(_ key: String, _ value: String?) {
        self.key(key)
        if let value { string(value) } else { null() }
    }
}

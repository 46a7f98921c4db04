import Events
import Hummingbird
import Identity
import ServiceKit
import Store
import Topics

extension ProfileAPI {
    /// Saying who is who, which outranks all evidence.
    var decisionEndpoints: [Endpoint] {
        [
            Endpoint(
                method: .post,
                path: "/v1/identity/preview",
                name: "previewDecision",
                summary: "What a decision on two identifiers, or taking one back, would change; nothing changes.",
                scope: .read,
                body: "DecisionPreview",
                answer: .json("IdentityOutlook", "The profiles concerned, before and after."),
                refusals: [.notFound, .conflict],
                action: .query(previewDecision)
            ),
            decisionEndpoint(
                "links",
                name: "linkIdentifiers",
                summary: "Decide that two identifiers are one person's.",
                .together
            ),
            decisionEndpoint(
                "separations",
                name: "separateIdentifiers",
                summary: "Decide that two identifiers are never one person's.",
                .apart
            ),
            Endpoint(
                method: .get,
                path: "/v1/identity/decisions",
                name: "listDecisions",
                summary: "What people decided and have not taken back, or what they have; the last first.",
                scope: .read,
                query: [
                    QueryParameter("identifier", .identifier, "Only decisions on this identifier."),
                    QueryParameter("withdrawn", .flag, "Those that were taken back instead, with who did so and why."),
                    .limit(), .cursor(DecisionCursor.pattern),
                ],
                answer: .json("DecisionPage", "A page of them."),
                action: .query(listDecisions)
            ),
            Endpoint(
                method: .delete,
                path: "/v1/identity/decisions/{id}",
                name: "withdrawDecision",
                summary: "Take a decision back: what is known from events counts again.",
                scope: .admin,
                pathParameters: [PathParameter(name: "id", summary: "The decision's id.", example: "dec_k7m2qfzt4xwo")],
                query: QueryParameter.word,
                answer: .json("Withdrawn", "It is taken back."),
                refusals: [.notFound],
                action: .administration("identity.withdraw", withdrawDecision)
            ),
        ]
    }

    private func decisionEndpoint(
        _ path: String,
        name: String,
        summary: String,
        _ verdict: IdentityDecision.Verdict
    ) -> Endpoint {
        Endpoint(
            method: .post,
            path: "/v1/identity/\(path)",
            name: name,
            summary: summary,
            scope: .admin,
            body: "NewDecision",
            answer: .json("Decision", "The decision, and what it changes.", status: .created),
            refusals: [.notFound, .conflict],
            action: .administration("identity.\(path).create") { try await self.decide(verdict, $0) }
        )
    }

    // MARK: - Deciding

    private func decide(_ verdict: IdentityDecision.Verdict, _ call: Call) async throws -> Administered {
        let body = try await call.object(["left", "right", "reason", "author"])
        let word = try Word(body, of: call)
        let left = try body.reference("left")
        let right = try body.reference("right")
        let view = inUse.view
        let id = RandomID.make("dec")
        let (decision, outlook) = try await view.reader.read { db in
            let pair = try DecidedPair(left, right, in: view, db)
            let decision = IdentityDecision(id: id, verdict: verdict, left: pair.left, right: pair.right, word: word)
            return (decision, try IdentityOutlook(of: pair, verdict, at: word.time, in: view, db))
        }
        return Administered(subject: id, records: [.decision(decision)], status: .created) {
            let isApplied = await inEffect.wait(for: id, atMost: limits.applying)
            var writer = JSONWriter(capacity: 1024)
            writer.beginObject()
            decision.writePublicFields(to: &writer)
            writer.field("applied", isApplied)
            outlook.writeFields(to: &writer)
            writer.endObject()
            return .json(writer.bytes, status: .created)
        }
    }

    private func previewDecision(_ call: Call) async throws -> Response {
        let body = try await call.object(["verdict", "left", "right", "withdraw"])
        let view = inUse.view
        let wish = try PreviewWish(body)
        let now = call.now
        let idle = idleWords(in: view)
        return try await view.reader.read { db in
            let outlook: IdentityOutlook?
            switch wish {
            case .decision(let verdict, let left, let right):
                let pair = try DecidedPair(left, right, in: view, db)
                outlook = try IdentityOutlook(of: pair, verdict, at: now, in: view, db)
            case .withdrawal(let id) where idle.decision(id) != nil: outlook = nil
            case .withdrawal(let id):
                outlook = try IdentityOutlook(withdrawing: id, isTried: true, in: view, db)
            }
            return .json(JSONWriter.object(capacity: 1024) { Self.write(outlook, to: &$0) })
        }
    }

    private func withdrawDecision(_ call: Call) async throws -> Administered {
        let id = call.path["id"] ?? ""
        let word = try Word(call.query, of: call)
        let view = inUse.view
        let idle = idleWords(in: view)
        let (decision, outlook) = try await view.reader.read { db -> (IdentityDecision, IdentityOutlook?) in
            if let decision = try StandingWord.decision(id, in: db) {
                return (decision, try IdentityOutlook(withdrawing: id, isTried: false, in: view, db))
            }
            guard let decision = idle.decision(id) else { throw Self.noDecision }
            return (decision, nil)
        }
        return Administered(subject: id, records: [.withdrawal(Withdrawal(id: id, word: word))], status: .ok) {
            let isApplied = await inEffect.waitForWithdrawal(of: id, atMost: limits.applying)
            var writer = JSONWriter(capacity: 1024)
            writer.beginObject()
            writer.object("withdrawn") { decision.writePublicFields(to: &$0, isIdle: outlook == nil) }
            writer.field("applied", isApplied)
            Self.write(outlook, to: &writer)
            writer.endObject()
            return .json(writer.bytes)
        }
    }

    /// What nothing follows from changes nobody.
    private static func write(_ outlook: IdentityOutlook?, to writer: inout JSONWriter) {
        if let outlook { return outlook.writeFields(to: &writer) }
        for name in ["before", "after"] { writer.field(name, .array([])) }
    }

    static let noDecision = APIError.notFound("There is no decision with this id, or it was taken back.")

    // MARK: - Listing

    /// What stands and has no effect in a store.
    func idleWords(in view: StoreView) -> IdleWords { IdleWords(inEffect.book, rules: view.lookup.rules) }

    private func listDecisions(_ call: Call) async throws -> Response {
        let limit = call.query.integer("limit")
        let last = try call.query.text("cursor").map(DecisionCursor.init)
        let view = inUse.view
        let identifier = call.query.identifier("identifier")
        let name = identifier.flatMap(view.lookup.normalized)
        let isNobody = identifier != nil && name == nil
        if call.query.flag("withdrawn") {
            let told = ToldDecisions(inEffect.book, rules: view.lookup.rules)
            let found = isNobody ? [] : told.withdrawn(on: name, after: last, by: view.lookup)
            return Self.withdrawnPage(of: found, limit: limit)
        }
        let idle = idleWords(in: view)
        return try await view.reader.read { db in
            let key = name.map(view.lookup.hash)
            let found =
                isNobody ? [] : try StandingWord.decisions(on: key, after: last, limit: limit + 1, in: db)
            let page = DecisionCursor.page(
                "decisions",
                of: DecisionCursor.merged(found, idle.decisions(on: identifier), after: last, by: Self.place(of:)),
                limit: limit,
                by: Self.place(of:)
            ) {
                $0.writePublicFields(to: &$1, isIdle: idle.decision($0.id) != nil)
            }
            return .json(page)
        }
    }

    private static func withdrawnPage(of found: [ToldDecisions.Withdrawn], limit: Int) -> Response {
        let page = DecisionCursor.page("decisions", of: found, limit: limit, by: Self.place(of:)) {
            $0.writePublicFields(to: &$1)
        }
        return .json(page)
    }

    private static func place(of withdrawn: ToldDecisions.Withdrawn) -> DecisionCursor {
        DecisionCursor(withdrawn.word, of: withdrawn.decision.id)
    }

    private static func place(of decision: IdentityDecision) -> DecisionCursor {
        DecisionCursor(decision.word, of: decision.id)
    }
}

/// What somebody wants to know before he decides.
private enum PreviewWish {
    case decision(IdentityDecision.Verdict, ProfileReference, ProfileReference)
    case withdrawal(String)

    init(_ body: JSONView) throws {
        if let id = try body.text("withdraw") {
            self = .withdrawal(id)
            return
        }
        let verdicts = IdentityDecision.Verdict.allCases.map(\.rawValue).joined(separator: " or ")
        guard let verdict = try body.text("verdict").flatMap({ IdentityDecision.Verdict(rawValue: $0) }) else {
            throw APIError.badRequest(
                "invalid_field",
                "“verdict” must be \(verdicts); or “withdraw” must name a decision."
            )
        }
        self = .decision(verdict, try body.reference("left"), try body.reference("right"))
    }
}

extension IdentityDecision {
    /// Writes what the API shows of a decision.
    ///
    /// - Parameter isIdle: Whether nothing follows from it by the store's rules.
    func writePublicFields(to writer: inout JSONWriter, isIdle: Bool = false) {
        writer.field("id", id)
        writer.field("verdict", verdict.rawValue)
        writer.field("left", left.description)
        writer.field("right", right.description)
        word.writePublicFields(to: &writer)
        if isIdle { writer.field("inEffect", false) }
    }
}

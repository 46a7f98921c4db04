import Events
import Hummingbird
import ServiceKit
import Store
import Topics

extension ProfileAPI {
    /// Saying what a trait's value is, which outranks what events say.
    var correctionEndpoints: [Endpoint] {
        [
            profileEndpoint(
                "/corrections",
                name: "getProfileCorrections",
                summary: "What people said of the person's traits and have not taken back, the last first.",
                answer: .json("Corrections", "The corrections."),
                getCorrections
            ),
            Endpoint(
                method: .get,
                path: "/v1/corrections",
                name: "listCorrections",
                summary: "What people said of anybody's traits and have not taken back, the last first.",
                scope: .read,
                query: [.limit(), .cursor(DecisionCursor.pattern)],
                answer: .json("CorrectionPage", "A page of them."),
                action: .query(listCorrections)
            ),
            Endpoint(
                method: .post,
                path: "/v1/profiles/{identifier}/corrections",
                name: "correctTrait",
                summary: "Say what the value of a trait is; it outranks what events say until it is taken back.",
                scope: .admin,
                pathParameters: [Self.profileParameter],
                body: "NewCorrection",
                answer: .json("Correction", "The correction.", status: .created),
                refusals: [.notFound, .conflict],
                action: .administration("corrections.create", correctTrait)
            ),
            Endpoint(
                method: .delete,
                path: "/v1/corrections/{id}",
                name: "withdrawCorrection",
                summary: "Take a correction back: what events say counts again.",
                scope: .admin,
                pathParameters: [
                    PathParameter(name: "id", summary: "The correction's id.", example: "cor_k7m2qfzt4xwo")
                ],
                query: QueryParameter.word,
                answer: .json("Correction", "It is taken back."),
                refusals: [.notFound],
                action: .administration("corrections.withdraw", withdrawCorrection)
            ),
        ]
    }

    private func getCorrections(_ call: Call) async throws -> Response {
        try await read(try call.reference()) { view, db in
            let corrections = try StandingWord.corrections(of: view.number, in: db)
            var writer = JSONWriter(capacity: 1024)
            writer.beginObject()
            writer.field("id", view.id)
            writer.objects("corrections", of: corrections) { $0.writePublicFields(to: &$1) }
            writer.endObject()
            return .json(writer.bytes)
        }
    }

    private func listCorrections(_ call: Call) async throws -> Response {
        let limit = call.query.integer("limit")
        let last = try call.query.text("cursor").map(DecisionCursor.init)
        let view = inUse.view
        let idle = idleWords(in: view)
        return try await view.reader.read { db in
            let found = try StandingWord.corrections(after: last, limit: limit + 1, in: db)
            let page = DecisionCursor.page(
                "corrections",
                of: DecisionCursor.merged(found, idle.corrections, after: last, by: Self.place(of:)),
                limit: limit,
                by: Self.place(of:)
            ) {
                $0.writePublicFields(to: &$1, isIdle: idle.correction($0.id) != nil)
            }
            return .json(page)
        }
    }

    private static func place(of correction: TraitCorrection) -> DecisionCursor {
        DecisionCursor(correction.word, of: correction.id)
    }

    private func correctTrait(_ call: Call) async throws -> Administered {
        let body = try await call.object(["trait", "value", "reason", "author"])
        let word = try Word(body, of: call)
        guard let trait = try body.text("trait"), !trait.isEmpty, trait.utf8.count <= 1024 else {
            throw APIError.badRequest("invalid_field", "“trait” must name a trait.")
        }
        let value = body["value"].map { String(decoding: $0.raw, as: UTF8.self) } ?? "null"
        let reference = try call.reference()
        let store = inUse.view
        let identifier = try await read(reference, from: store) { view, db in
            try ProfileAPI.named(reference, of: view, by: store.lookup, in: db)
        }
        let correction = TraitCorrection(
            id: RandomID.make("cor"),
            identifier: identifier,
            trait: trait,
            value: value,
            word: word
        )
        return Administered(subject: correction.id, records: [.correction(correction)], status: .created) {
            let isApplied = await inEffect.wait(for: correction.id, atMost: limits.applying)
            return .json(correction.answer(isApplied: isApplied), status: .created)
        }
    }

    private func withdrawCorrection(_ call: Call) async throws -> Administered {
        let id = call.path["id"] ?? ""
        let word = try Word(call.query, of: call)
        let view = inUse.view
        let idle = idleWords(in: view).correction(id)
        let standing = try await view.reader.read { db in try StandingWord.correction(id, in: db) }
        guard let correction = standing ?? idle else {
            throw APIError.notFound("There is no correction with this id, or it was taken back.")
        }
        return Administered(subject: id, records: [.withdrawal(Withdrawal(id: id, word: word))], status: .ok) {
            let isApplied = await inEffect.waitForWithdrawal(of: id, atMost: limits.applying)
            return .json(correction.answer(isApplied: isApplied, isIdle: standing == nil))
        }
    }
}

extension TraitCorrection {
    /// Writes what the API shows of a correction.
    ///
    /// - Parameter isIdle: Whether it is of a value that identifies nobody by the store's rules.
    func writePublicFields(to writer: inout JSONWriter, isIdle: Bool = false) {
        writer.field("id", id)
        writer.field("identifier", identifier.description)
        writer.field("trait", trait)
        writer.key("value")
        writer.raw(value.utf8)
        word.writePublicFields(to: &writer)
        if isIdle { writer.field("inEffect", false) }
    }

    fileprivate func answer(isApplied: Bool, isIdle: Bool = false) -> [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writePublicFields(to: &writer, isIdle: isIdle)
        writer.field("applied", isApplied)
        writer.endObject()
        return writer.bytes
    }
}

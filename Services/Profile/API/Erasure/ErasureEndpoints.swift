import Events
import HTTPTypes
import Hummingbird
import MessageLog
import ServiceKit
import Store
import Topics

extension ProfileAPI {
    /// Forgetting people, and telling them what is known of them.
    var erasureEndpoints: [Endpoint] {
        [
            Endpoint(
                method: .delete,
                path: "/v1/profiles/{identifier}",
                name: "eraseProfile",
                summary: "Forget a person everywhere, and do not know them again until that is taken back.",
                scope: .admin,
                pathParameters: [Self.profileParameter],
                query: QueryParameter.word + [
                    QueryParameter("alone", .flag, "Forget an address that several profiles have, and none of these.")
                ],
                answer: .json("Erasure", "The receipt so far.", status: .accepted),
                refusals: [.notFound, .conflict],
                action: .administration("erasures.create", erase)
            ),
            Endpoint(
                method: .get,
                path: "/v1/erasures",
                name: "listErasures",
                summary: "Every person who was to be forgotten, the last first.",
                scope: .admin,
                query: [.limit(), .cursor(DecisionCursor.pattern)],
                answer: .json("Erasures", "A page of receipts."),
                action: .query(listErasures)
            ),
            Endpoint(
                method: .get,
                path: "/v1/erasures/{id}",
                name: "getErasure",
                summary: "The receipt: what was removed where, and what is still to be done.",
                scope: .admin,
                pathParameters: [Self.erasureParameter],
                answer: .json("Erasure", "The receipt."),
                refusals: [.notFound],
                action: .query(getErasure)
            ),
            Endpoint(
                method: .delete,
                path: "/v1/erasures/{id}",
                name: "liftSuppression",
                summary: "Let the person be known again from now on; what was forgotten stays so.",
                scope: .admin,
                pathParameters: [Self.erasureParameter],
                query: QueryParameter.word,
                answer: .json("Erasure", "The receipt."),
                refusals: [.notFound, .conflict],
                action: .administration("erasures.lift", liftSuppression)
            ),
            Endpoint(
                method: .delete,
                path: "/v1/instances/{instance}",
                name: "retireInstance",
                summary: "Say that an instance is gone for good: an ingest takes people out of what it has on the log.",
                scope: .admin,
                pathParameters: [
                    PathParameter(
                        name: "instance",
                        summary: "Its name, as `waitingFor` of an erasure has it.",
                        example: "ingest-2"
                    )
                ],
                query: QueryParameter.word,
                answer: .json("Retirement", "What was said.", status: .accepted),
                refusals: [.notFound],
                action: .administration("instances.retire", retireInstance)
            ),
        ]
    }

    private static let erasureParameter = PathParameter(
        name: "id",
        summary: "The erasure's id.",
        example: "era_k7m2qfzt4xwo2345"
    )

    private func erase(_ call: Call) async throws -> Administered {
        let word = try Word(call.query, of: call)
        let reference = try call.reference()
        let alone = call.query.flag("alone")
        let view = inUse.view
        let person = try await view.reader.read { db in try ErasedPerson(reference, alone: alone, in: view, db) }
        let suppression = Suppression(
            id: RandomID.make("era"),
            hashes: person.identifiers.map(suppressionKey.hash),
            foldedHashes: suppressionKey.foldedHashes(of: person.identifiers, by: view.lookup.rules),
            identifiers: person.identifiers,
            profileIDs: person.profileIDs,
            isAlone: alone,
            word: word
        )
        return Administered(subject: suppression.id, records: [.suppression(suppression)], status: .accepted) {
            _ = await inEffect.wait(for: suppression.id, atMost: limits.applying)
            let erasure = inEffect.book.erasures[suppression.id] ?? ControlBook.Erasure(suppression: suppression)
            return try await receipt(of: erasure, status: .accepted)
        }
    }

    private func liftSuppression(_ call: Call) async throws -> Administered {
        let word = try Word(call.query, of: call)
        let erasure = try erasure(call)
        let id = erasure.suppression.id
        guard inEffect.book.withdrawals[id] == nil else {
            throw APIError(.conflict, code: "already_lifted", message: "This erasure was lifted already.")
        }
        return Administered(subject: id, records: [.withdrawal(Withdrawal(id: id, word: word))], status: .ok) {
            _ = await inEffect.waitForWithdrawal(of: id, atMost: limits.applying)
            return try await receipt(of: erasure)
        }
    }

    private func retireInstance(_ call: Call) async throws -> Administered {
        let instance = call.path["instance"] ?? ""
        let word = try Word(call.query, of: call)
        guard try await log.owners().contains(instance) else {
            throw APIError.notFound("No instance of this name has anything on the log.")
        }
        let retirement = Retirement(instance: instance, word: word)
        return Administered(subject: instance, records: [.retirement(retirement)], status: .accepted) {
            var writer = JSONWriter(capacity: 256)
            writer.beginObject()
            writer.field("instance", instance)
            word.writePublicFields(to: &writer)
            writer.endObject()
            return .json(writer.bytes, status: .accepted)
        }
    }

    private func getErasure(_ call: Call) async throws -> Response {
        try await receipt(of: erasure(call))
    }

    private func erasure(_ call: Call) throws -> ControlBook.Erasure {
        guard let erasure = inEffect.book.erasures[call.path["id"] ?? ""] else {
            throw APIError.notFound("There is no erasure with this id.")
        }
        return erasure
    }

    private func listErasures(_ call: Call) async throws -> Response {
        let owners = try await log.owners()
        let book = inEffect.book
        let holding = HoldingSuppressions(book)
        let last = try call.query.text("cursor").map(DecisionCursor.init)
        let found = book.erasures.values.filter { erasure in last.map { erasure.place < $0 } ?? true }
        let page = DecisionCursor.page(
            "erasures",
            of: found.sorted { $0.place > $1.place },
            limit: call.query.integer("limit"),
            by: \.place
        ) { erasure, writer in
            Receipt(
                erasure: erasure,
                lifted: book.withdrawals[erasure.suppression.id],
                others: holding.others(than: erasure.suppression),
                owners: owners
            )
            .writeFields(to: &writer)
        }
        return .json(page)
    }

    private func receipt(
        of erasure: ControlBook.Erasure,
        status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let owners = try await log.owners()
        let book = inEffect.book
        let lifted = book.withdrawals[erasure.suppression.id]
        let others = HoldingSuppressions(book).others(than: erasure.suppression)
        var writer = JSONWriter(capacity: 1024)
        Receipt(erasure: erasure, lifted: lifted, others: others, owners: owners).write(to: &writer)
        return .json(writer.bytes, status: status)
    }
}

extension ControlBook.Erasure {
    fileprivate var place: DecisionCursor { DecisionCursor(suppression.word, of: suppression.id) }
}

import Events
import Identity
import ServiceKit
import Store
import Topics

/// What a store has of a person at one moment, and by what the rest is found.
struct HeldPerson: Sendable {
    let reference: ProfileReference
    /// The numbers of the identifiers and times on devices.
    let numbers: [Int64]
    let evidence: [IdentityLink]
    let records: PersonRecords
    /// The members of a JSON object that are no longer than they can be held, without its end.
    let head: [UInt8]

    /// - Parameters:
    ///   - idle: What people decided that has no effect.
    ///   - told: What they decided and took back.
    init(
        _ view: ProfileView,
        in store: StoreView,
        idle: IdleWords,
        told: ToldDecisions,
        _ db: any SQLConnection
    ) throws {
        guard let reference = ProfileReference(view.id) else { throw APIError.notFound("The profile has no id.") }
        self.reference = reference
        numbers = try db.all("SELECT id FROM identifier WHERE profile = ? ORDER BY id", [view.number]) { $0[0] }
        evidence = try OwnEvidence(of: view.number, by: store.lookup, in: db).links
        records = PersonRecords(
            identifiers: try ErasedPerson.identifiers(of: view.number, in: db),
            profileIDs: try ErasedPerson.profileIDs(of: view, in: db),
            rules: store.lookup.rules
        )
        head = try Self.head(of: view, in: store, idle: idle, told: told, db)
    }

    private static func head(
        of view: ProfileView,
        in store: StoreView,
        idle: IdleWords,
        told: ToldDecisions,
        _ db: any SQLConnection
    ) throws -> [UInt8] {
        var writer = JSONWriter(capacity: 8192)
        writer.beginObject()
        writer.key("profile")
        for profile in try WholeProfile.all([view], verbose: store.lookup.rules.traits, in: db) {
            try profile.write(to: &writer)
        }
        let own = Set(try SeenIdentifier.all(of: view.number, in: db).map(\.identifier))
        let teller = DecisionTeller(own: own, rules: store.lookup.rules)
        try writeCorrections(on: view, by: teller, told, to: &writer, db)
        let withdrawn = told.withdrawn(on: nil, after: nil, by: store.lookup)
        try writeDecisions(on: view, by: teller, idle, withdrawn, to: &writer, db)
        writer.key("history")
        writer.beginArray()
        var history = try ProfileHistory(of: view, in: db)
        for entry in try history.entries(before: nil, limit: .max) {
            entry.write(to: &writer, telling: false)
        }
        writer.endArray()
        return writer.bytes
    }

    private static func writeCorrections(
        on view: ProfileView,
        by teller: DecisionTeller,
        _ told: ToldDecisions,
        to writer: inout JSONWriter,
        _ db: any SQLConnection
    ) throws {
        writer.key("corrections")
        writer.beginArray()
        for correction in try StandingWord.corrections(of: view.number, in: db) {
            writer.beginObject()
            correction.writePublicFields(to: &writer)
            writer.endObject()
        }
        for (correction, word) in told.withdrawnCorrections where teller.isOwn(correction.identifier) {
            writer.beginObject()
            correction.writePublicFields(to: &writer)
            word.writeWithdrawal(to: &writer)
            writer.endObject()
        }
        writer.endArray()
    }

    private static func writeDecisions(
        on view: ProfileView,
        by teller: DecisionTeller,
        _ idle: IdleWords,
        _ withdrawn: [ToldDecisions.Withdrawn],
        to writer: inout JSONWriter,
        _ db: any SQLConnection
    ) throws {
        writer.key("decisions")
        writer.beginArray()
        for decision in try StandingWord.decisions(of: view.number, in: db) {
            teller.write(decision, isIdle: false, to: &writer)
        }
        for decision in idle.decisions where teller.isOwn(decision.left) || teller.isOwn(decision.right) {
            teller.write(decision, isIdle: true, to: &writer)
        }
        for one in withdrawn where teller.isOwn(one.decision.left) || teller.isOwn(one.decision.right) {
            teller.write(one.decision, isIdle: false, withdrawn: one.word, to: &writer)
        }
        writer.endArray()
    }
}

/// Tells a person what was decided of an identifier of theirs and another one: not which, where that is somebody else's.
private struct DecisionTeller {
    let own: Set<Identifier>
    let rules: Rules

    func isOwn(_ identifier: Identifier) -> Bool {
        rules.normalized(identifier).map(own.contains) ?? false
    }

    func write(_ decision: IdentityDecision, isIdle: Bool, withdrawn: Word? = nil, to writer: inout JSONWriter) {
        let others = [decision.left, decision.right].filter { !isOwn($0) }
        let traces = PersonTraces(identifiers: others, profileIDs: [], rules: rules)
        writer.beginObject()
        writer.field("id", decision.id)
        writer.field("verdict", decision.verdict.rawValue)
        if isOwn(decision.left) { writer.field("left", decision.left.description) }
        if isOwn(decision.right) { writer.field("right", decision.right.description) }
        write(decision.word, without: traces, to: &writer)
        if isIdle { writer.field("inEffect", false) }
        if let withdrawn { writer.object("withdrawn") { write(withdrawn, without: traces, to: &$0) } }
        writer.endObject()
    }

    private func write(_ word: Word, without traces: PersonTraces, to writer: inout JSONWriter) {
        writer.field("author", word.author)
        if !traces.areFound(in: word.reason) { writer.field("reason", word.reason) }
        writer.field("time", word.time)
    }
}

import Events
import Identity
import Store
import Topics

/// How what the store has of people's decisions differs from what holds by `control`.
///
/// It is a comparison of two states, so it does not matter what was missed, or taken in twice. Identifiers are meant by the
/// store's own rules; of those that can be nobody's by these, nothing is decided.
struct DecisionNews {
    private struct Decision {
        var record: IdentityDecision
        var first: (name: Identifier, key: Key128)
        var other: (name: Identifier, key: Key128)
    }

    private var newDecisions: [Decision] = []
    private var oldDecisions: [(id: String, time: Int64, first: Key128, other: Key128)] = []
    private var newCorrections: [(record: TraitCorrection, name: Identifier, key: Key128)] = []
    private var oldCorrections: [(id: String, key: Key128)] = []
    /// What holds, and is said in other words by now: those from before told of somebody who is forgotten.
    private var newWords: [(table: String, id: String, word: Word)] = []
    private let keepsUnsaid: Bool

    /// Compares a store with a book.
    ///
    /// - Parameter keepsUnsaid: Whether what `control` no longer has holds as well, unless it was taken back: until somebody is out of
    ///   the store, what was said of them says whose is what.
    init(
        of book: ControlBook,
        keepsUnsaid: Bool = false,
        rules: Rules,
        hash: KeyedHash,
        in db: any SQLConnection
    ) throws {
        self.keepsUnsaid = keepsUnsaid
        let gone = try ForgottenRows.all(in: db)
        let book = book.withoutForgotten(by: rules) { erasure in
            !keepsUnsaid && (erasure.forgotten != nil || gone.contains(erasure.suppression.id))
        }
        try compareDecisions(book, rules, hash, db)
        try compareCorrections(book, rules, hash, db)
    }

    var isEmpty: Bool {
        newDecisions.isEmpty && oldDecisions.isEmpty && newCorrections.isEmpty && oldCorrections.isEmpty
            && newWords.isEmpty
    }

    // MARK: - Comparing

    private mutating func compareDecisions(
        _ book: ControlBook,
        _ rules: Rules,
        _ hash: KeyedHash,
        _ db: any SQLConnection
    ) throws {
        var known: Set<String> = []
        let query = try BulkStatement("SELECT id, time, first, other, author, reason FROM decision", in: db)
        while try query.step() {
            let id = query.text(0)
            known.insert(id)
            compareWord(book.decisions[id]?.word, of: id, in: "decision", (query.text(4), query.text(5)))
            guard book.decisions[id] == nil, isOver(id, by: book), let first = Key128(query.bytes(2)),
                let other = Key128(query.bytes(3))
            else { continue }
            oldDecisions.append((id, query.integer(1), first, other))
        }
        for record in book.decisions.values.sorted(by: { $0.id < $1.id }) where !known.contains(record.id) {
            guard let first = rules.named(record.left, hash), let other = rules.named(record.right, hash),
                first.key != other.key
            else { continue }
            newDecisions.append(Decision(record: record, first: first, other: other))
        }
    }

    private mutating func compareCorrections(
        _ book: ControlBook,
        _ rules: Rules,
        _ hash: KeyedHash,
        _ db: any SQLConnection
    ) throws {
        var known: Set<String> = []
        let query = try BulkStatement("SELECT id, key, author, reason FROM correction", in: db)
        while try query.step() {
            let id = query.text(0)
            known.insert(id)
            compareWord(book.corrections[id]?.word, of: id, in: "correction", (query.text(2), query.text(3)))
            guard book.corrections[id] == nil, isOver(id, by: book), let key = Key128(query.bytes(1)) else { continue }
            oldCorrections.append((id, key))
        }
        for record in book.corrections.values.sorted(by: { $0.id < $1.id }) where !known.contains(record.id) {
            guard let (name, key) = rules.named(record.identifier, hash) else { continue }
            newCorrections.append((record, name, key))
        }
    }

    /// Whether what a book does not have no longer holds.
    private func isOver(_ id: String, by book: ControlBook) -> Bool { !keepsUnsaid || book.withdrawals[id] != nil }

    private mutating func compareWord(
        _ word: Word?,
        of id: String,
        in table: String,
        _ stored: (author: String, reason: String)
    ) {
        guard let word, stored != (word.author, word.reason) else { return }
        newWords.append((table, id, word))
    }

    // MARK: - Noting

    /// Writes what holds now.
    func save(in db: any SQLConnection) throws {
        for (table, ids) in [("decision", oldDecisions.map(\.id)), ("correction", oldCorrections.map(\.id))] {
            let delete = try BulkStatement("DELETE FROM \(table) WHERE id = ?", in: db)
            for id in ids {
                delete.bind(1, id)
                try delete.run()
            }
        }
        for decision in newDecisions { try insert(decision, in: db) }
        for (record, name, key) in newCorrections { try insert(record, of: name, key, in: db) }
        for (table, id, word) in newWords {
            let update = try BulkStatement("UPDATE \(table) SET time = ?, author = ?, reason = ? WHERE id = ?", in: db)
            Self.bind(word, from: 1, to: update)
            update.bind(4, id)
            try update.run()
        }
    }

    private func insert(_ decision: Decision, in db: any SQLConnection) throws {
        let insert = try BulkStatement(
            """
            INSERT INTO decision (id, first, other, first_name, other_name, verdict, time, author, reason)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            in: db
        )
        insert.bind(1, decision.record.id)
        insert.bind(2, decision.first.key.bytes)
        insert.bind(3, decision.other.key.bytes)
        insert.bind(4, decision.first.name.description)
        insert.bind(5, decision.other.name.description)
        insert.bind(6, decision.record.verdict.rawValue)
        Self.bind(decision.record.word, from: 7, to: insert)
        try insert.run()
    }

    private func insert(_ record: TraitCorrection, of name: Identifier, _ key: Key128, in db: any SQLConnection) throws
    {
        let insert = try BulkStatement(
            """
            INSERT INTO correction (id, key, name, trait, value, time, author, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            in: db
        )
        insert.bind(1, record.id)
        insert.bind(2, key.bytes)
        insert.bind(3, name.description)
        insert.bind(4, record.trait)
        insert.bind(5, record.value)
        Self.bind(record.word, from: 6, to: insert)
        try insert.run()
    }

    private static func bind(_ word: Word, from column: Int32, to insert: BulkStatement) {
        insert.bind(column, word.time.microseconds)
        insert.bind(column + 1, word.author)
        insert.bind(column + 2, word.reason)
    }

    // MARK: - Effect

    /// Lets the graph find out what follows; called once the cache knows what holds now.
    func take(effectIn graph: WorkingGraph) throws {
        for decision in newDecisions {
            let time = decision.record.word.time.microseconds
            let verdict = Component.Decision.Verdict(decision.record.verdict)
            try Self.reconsider(decision.first.key, decision.other.key, verdict, decision.record.id, time, graph)
        }
        for (id, time, first, other) in oldDecisions { try Self.reconsider(first, other, nil, id, time, graph) }
        for key in newCorrections.map(\.key) + oldCorrections.map(\.key) {
            if let id = try graph.number(of: key) { graph.retold.insert(id) }
        }
    }

    private static func reconsider(
        _ first: Key128,
        _ other: Key128,
        _ verdict: Component.Decision.Verdict?,
        _ decision: String,
        _ time: Int64,
        _ graph: WorkingGraph
    ) throws {
        try graph.reconsider(other, verdict) { _ in nil }
        try graph.reconsider(first, verdict) { id in
            try graph.number(of: other).map { Occasion(Pair(id, $0), at: time, .decision(decision)) }
        }
    }
}

extension Rules {
    /// An identifier in its normal form, with its key; `nil` when it can be nobody's.
    fileprivate func named(_ identifier: Identifier, _ hash: KeyedHash) -> (name: Identifier, key: Key128)? {
        normalized(identifier).map { ($0, hash.key(of: $0)) }
    }
}

extension ControlBook {
    /// The same without what was said of people before they were to be forgotten, in the form that rules give identifiers.
    func withoutForgotten(by rules: Rules, of isWanted: (Erasure) -> Bool = { _ in true }) -> ControlBook {
        withoutForgotten(comparing: { rules.normalized($0) ?? $0 }, of: isWanted)
    }
}

import Events
import Identity
import Store
import Topics

/// What people decided, by the keys of the identifiers it is about, whether or not these were seen; it is little.
struct Decided {
    /// A decision on two identifiers.
    struct Decision {
        var id: String
        var first: Key128
        var other: Key128
        var verdict: Component.Decision.Verdict
        var time: Int64

        func otherEnd(than key: Key128) -> Key128 { key == first ? other : first }
    }

    private(set) var decisions: [Key128: [Decision]] = [:]
    private(set) var corrections: [Key128: [(trait: String, word: Correction)]] = [:]
    private var ids: Set<String> = []

    var isEmpty: Bool { decisions.isEmpty && corrections.isEmpty }

    /// Reads what holds.
    init(in db: any SQLConnection) throws {
        let query = try BulkStatement("SELECT id, first, other, verdict, time FROM decision ORDER BY id", in: db)
        while try query.step() {
            guard let first = Key128(query.bytes(1)), let other = Key128(query.bytes(2)),
                let verdict = Component.Decision.Verdict(rawValue: query.text(3))
            else { continue }
            add(Decision(id: query.text(0), first: first, other: other, verdict: verdict, time: query.integer(4)))
        }
        let words = try BulkStatement("SELECT key, trait, value, time, id FROM correction ORDER BY id", in: db)
        while try words.step() {
            guard let key = Key128(words.bytes(0)) else { continue }
            let time = Timestamp(microseconds: words.integer(3))
            let word = Correction(value: words.text(2), time: time, id: words.text(4))
            corrections[key, default: []].append((words.text(1), word))
        }
    }

    /// Adds a decision, as one that is only tried out.
    mutating func add(_ decision: Decision) {
        ids.insert(decision.id)
        for key in Set([decision.first, decision.other]) { decisions[key, default: []].append(decision) }
    }

    /// Whether a decision holds, given by its id.
    func holds(_ id: String) -> Bool { ids.contains(id) }

    /// Whether anything was decided of an identifier.
    func concerns(_ key: Key128) -> Bool { decisions[key] != nil || corrections[key] != nil }
}

extension Component.Decision.Verdict {
    /// What somebody decided, for a resolution.
    init(_ verdict: IdentityDecision.Verdict) {
        switch verdict {
        case .together: self = .together
        case .apart: self = .apart
        }
    }
}

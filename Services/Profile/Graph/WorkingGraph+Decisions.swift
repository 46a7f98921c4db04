import GRDB
import Identity
import Store

/// What somebody said of two identifiers, as ``Schema/decision`` keeps it.
struct StoredDecision {
    var id: String
    var pair: Pair
    var verdict: Component.Decision.Verdict
    var time: Int64
}

extension WorkingGraph {
    /// What people said of an identifier and another.
    func decisions(on id: Int64) throws -> [StoredDecision] {
        guard cache.hasDecisions else { return [] }
        let query = try BulkStatement(
            """
            SELECT id, identifier, other, verdict, time FROM decision WHERE identifier = ?1 OR other = ?1
            """,
            in: db
        )
        query.bind(1, id)
        var decisions: [StoredDecision] = []
        while try query.step() {
            guard let verdict = Component.Decision.Verdict(rawValue: query.text(3)) else { continue }
            decisions.append(
                StoredDecision(
                    id: query.text(0),
                    pair: Pair(query.integer(1), query.integer(2)),
                    verdict: verdict,
                    time: query.integer(4)
                )
            )
        }
        return decisions
    }
}

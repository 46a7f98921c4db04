import Store

/// How much the store holds.
struct StoreCounts: Sendable {
    let profiles: Int64
    let identifiers: Int64
    let events: Int64
    let bytes: Int64

    init(in db: any SQLConnection) throws {
        // Whoever watches asks again and again: nothing is counted that there may be millions of.
        let totals = try Totals(in: db)
        profiles = totals.profiles
        identifiers = totals.identifiers
        events = try db.first("SELECT coalesce(sum(events), 0) FROM run") { $0[0] } ?? 0
        bytes = try db.size()
    }
}

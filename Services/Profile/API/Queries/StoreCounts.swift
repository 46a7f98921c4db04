import Store

/// How much the store holds.
struct StoreCounts: Sendable {
    let profiles: Int64
    let identifiers: Int64
    let events: Int64
    let bytes: Int64

    init(in db: any SQLConnection) throws {
        profiles = try db.first("SELECT count(*) FROM profile WHERE shared = 0") { $0[0] } ?? 0
        identifiers = try db.first("SELECT count(*) FROM identifier") { $0[0] } ?? 0
        // Runs count their events, which are far too many to be counted each time.
        events = try db.first("SELECT coalesce(sum(events), 0) FROM run") { $0[0] } ?? 0
        bytes = try db.size()
    }
}

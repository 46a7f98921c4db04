import Membership
import Store

extension NotifierStore {
    /// Makes what was written before there were members that of the one which had the store for itself then.
    func nameOutbox(after group: String) async throws {
        try await writePatiently { db in try db.execute("UPDATE outbox SET member = ? WHERE member = ''", [group]) }
    }

    /// The topics for which a member has something in its outbox.
    func topics(of other: String) async throws -> [String] {
        try await read { db in
            try db.rows("SELECT DISTINCT topic FROM outbox WHERE member = ? ORDER BY topic", [other]).map {
                $0["topic"]
            }
        }
    }

    /// Takes over the outbox of a member that is gone, but for what is on the log.
    ///
    /// - Parameter published: The last sequence that the other has on the log, by topic.
    func inherit(from other: String, published: [String: UInt64]) async throws {
        let member = member
        try await writePatiently { db in
            for (topic, last) in published {
                try db.removeOutboxRows(of: other, to: topic, through: Int64(clamping: last))
            }
            try db.inheritOutboxRows(of: other, by: member)
        }
    }
}

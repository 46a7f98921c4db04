public import Store

extension SQLConnection {
    /// The oldest rows that a member has in the table `outbox`; an append puts those of one topic on the log.
    ///
    /// At most `limit`, and as many as have so many bytes, but at least one: what a log takes at once has an end.
    public func outboxRows(of member: String, limit: Int, bytes: Int) throws -> [SQLRow] {
        var found: [SQLRow] = []
        var room = bytes
        try each(
            "SELECT id, topic, key, value, time FROM outbox WHERE member = ? ORDER BY id LIMIT ?",
            [.text(member), .integer(Int64(limit))]
        ) { row in
            room -= row.value(2).size + row.value(3).size
            guard found.isEmpty || room >= 0 else { return false }
            found.append(row)
            return true
        }
        return found
    }

    /// Removes the rows of a member that are on the log: those to a topic, up to an id.
    public func removeOutboxRows(of member: String, to topic: String, through last: Int64) throws {
        let sql = "DELETE FROM outbox WHERE member = ? AND topic = ? AND id <= ?"
        try execute(sql, [member, topic, last])
    }

    /// Gives a member the rows that another has left.
    ///
    /// They get ids of its own: those of an outbox are removed up to one of them.
    public func inheritOutboxRows(of other: String, by member: String) throws {
        try execute(
            """
            INSERT INTO outbox (topic, key, value, time, member)
            SELECT topic, key, value, time, ? FROM outbox WHERE member = ? ORDER BY id
            """,
            [member, other]
        )
        try execute("DELETE FROM outbox WHERE member = ?", [other])
    }
}

extension SQLValue {
    /// In bytes, as far as it has no size of its own.
    fileprivate var size: Int {
        switch self {
        case .text(let text): text.utf8.count
        case .bytes(let bytes): bytes.count
        case .null, .integer, .real: 0
        }
    }
}

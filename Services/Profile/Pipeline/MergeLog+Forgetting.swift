import Store

extension MergeLog {
    /// Removes what happened to profiles that were somebody's who is to be forgotten; of what happened to others it takes out the ids
    /// of these profiles, and the causes that were events of theirs.
    static func forget(_ profileIDs: [String], causes: Set<Cause>, in db: any SQLConnection) throws {
        let keys = Set(profileIDs.compactMap { PublicID.key(of: $0) }.compactMap { Key128(Array($0)) })
        let delete = try BulkStatement("DELETE FROM merge_log WHERE key = ?", in: db)
        for key in keys {
            delete.bind(1, key.bytes)
            try delete.run()
        }
        try forgetIDs(keys, in: db)
        try forgetCauses(causes, in: db)
    }

    /// Takes keys out of what others were made of, and of what became of them.
    private static func forgetIDs(_ keys: Set<Key128>, in db: any SQLConnection) throws {
        var cut: [(id: Int64, columns: [[UInt8]])] = []
        try db.throughWholeTables {
            try db.each("SELECT id, former, origins, results FROM merge_log", []) { row in
                let columns: [[UInt8]] = [row[1], row[2], row[3]]
                let rest = columns.map { without(keys, $0) }
                if rest != columns { cut.append((row[0], rest)) }
                return true
            }
        }
        let update = try BulkStatement(
            "UPDATE merge_log SET former = ?, origins = ?, results = ? WHERE id = ?",
            in: db
        )
        for (id, columns) in cut {
            for (place, bytes) in columns.enumerated() { update.bind(Int32(place) + 1, bytes) }
            update.bind(4, id)
            try update.run()
        }
    }

    /// Keys that stand behind one another, without some of them.
    private static func without(_ keys: Set<Key128>, _ bytes: [UInt8]) -> [UInt8] {
        stride(from: 0, to: bytes.count, by: 16).flatMap { start -> [UInt8] in
            let part = Array(bytes[start..<min(start + 16, bytes.count)])
            guard let key = Key128(part), keys.contains(key) else { return part }
            return []
        }
    }

    private static func forgetCauses(_ causes: Set<Cause>, in db: any SQLConnection) throws {
        var caused: [Int64] = []
        // There may be more of it than should be in memory at once.
        try db.throughWholeTables {
            let query = """
                SELECT m.id, s.name, m.message_id FROM merge_log m JOIN source s ON s.id = m.source
                WHERE m.message_id IS NOT NULL
                """
            try db.each(query, []) { row in
                if causes.contains(.event(source: row[1], messageID: row[2])) { caused.append(row[0]) }
                return true
            }
        }
        let update = try BulkStatement("UPDATE merge_log SET source = NULL, message_id = NULL WHERE id = ?", in: db)
        for id in caused {
            update.bind(1, id)
            try update.run()
        }
    }
}

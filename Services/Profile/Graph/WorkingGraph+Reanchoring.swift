import GRDB
import Store

extension WorkingGraph {
    /// An event that goes from a shared identifier to a weaker one that is not.
    private struct Moved {
        var run: Int64
        var time: Int64
        var partition: Int64
        var offset: Int64
        var source: Int64
        var event: Int64
        var target: Int64
        var others: [Int64]
    }

    /// Gives the events of an identifier that has become shared to whom they belong without it.
    ///
    /// Where all that an event names are shared, it goes to the weakest, as ``IdentifiedBatch`` would have it; events that
    /// name nobody weaker stay.
    func reanchor(_ id: Int64) throws {
        guard !isNew(id) else { return }
        let moved = try movable(from: id)
        guard !moved.isEmpty else { return }
        for event in moved { try move(event, from: id) }
        try recount(id, in: Set(moved.map(\.run)))
        recounts.insert(try node(id).profile)
        for target in Set(moved.map(\.target)) { recounts.insert(try node(target).profile) }
    }

    private func movable(from id: Int64) throws -> [Moved] {
        let query = try BulkStatement(
            """
            SELECT t.run, t.time, t.partition, t.offset, t.source, t.event, t.others
            FROM run r CROSS JOIN timeline t ON t.run = r.id AND t.identifier = ? WHERE t.others IS NOT NULL
            """,
            in: db
        )
        query.bind(1, id)
        var candidates: [Moved] = []
        while try query.step() {
            candidates.append(
                Moved(
                    run: query.integer(0),
                    time: query.integer(1),
                    partition: query.integer(2),
                    offset: query.integer(3),
                    source: query.integer(4),
                    event: query.integer(5),
                    target: 0,
                    others: OtherIdentifiers.decode(query.bytes(6))
                )
            )
        }
        return try candidates.map { candidate in
            let place = try candidate.others.firstIndex { try !node($0).isShared } ?? candidate.others.count - 1
            var moved = candidate
            moved.target = candidate.others[place]
            moved.others = Array(candidate.others[(place + 1)...])
            return moved
        }
    }

    private func move(_ event: Moved, from id: Int64) throws {
        let delete = try BulkStatement(
            "DELETE FROM timeline WHERE run = ? AND identifier = ? AND time = ? AND partition = ? AND offset = ?",
            in: db
        )
        for (place, value) in [event.run, id, event.time, event.partition, event.offset].enumerated() {
            delete.bind(Int32(place) + 1, value)
        }
        try delete.run()
        let row = TimelineRow(
            identifier: event.target,
            time: event.time,
            offset: event.offset,
            source: event.source,
            event: event.event,
            others: event.others
        )
        try row.insert(run: event.run, partition: event.partition, in: db)
        try Tally(count: 1, first: event.time, last: event.time).add(
            to: TallyKey(identifier: event.target, event: event.event, source: event.source),
            run: event.run,
            in: db
        )
    }

    /// Counts again what an identifier still has in some runs.
    private func recount(_ id: Int64, in runs: Set<Int64>) throws {
        let delete = try BulkStatement("DELETE FROM tally WHERE run = ? AND identifier = ?", in: db)
        let insert = try BulkStatement(
            """
            INSERT INTO tally (run, identifier, event, source, count, first, last)
            SELECT run, identifier, event, source, count(*), min(time), max(time) FROM timeline
            WHERE run = ? AND identifier = ? GROUP BY event, source
            """,
            in: db
        )
        for run in runs.sorted() {
            for statement in [delete, insert] {
                statement.bind(1, run)
                statement.bind(2, id)
                try statement.run()
            }
        }
    }
}

/// The weaker identifiers of an event, as ``Schema/timeline`` keeps them.
enum OtherIdentifiers {
    static func encode(_ ids: some Collection<Int64>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(ids.count * 8)
        for id in ids { withUnsafeBytes(of: id.bigEndian) { bytes.append(contentsOf: $0) } }
        return bytes
    }

    static func decode(_ bytes: [UInt8]) -> [Int64] {
        bytes.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count - 7, by: 8).map {
                Int64(bigEndian: bytes.loadUnaligned(fromByteOffset: $0, as: Int64.self))
            }
        }
    }
}

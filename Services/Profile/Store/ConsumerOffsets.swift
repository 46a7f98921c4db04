import MessageLog
import Store
import Topics

/// How far the store has come in a partition of `events`.
struct ConsumedPosition: Sendable, Equatable {
    /// The partition's number in the store.
    var id: Int64
    var epoch: String
    /// The next offset to read.
    var offset: Offset

    /// The positions of all partitions, by name.
    static func all(in db: any SQLConnection) throws -> [String: ConsumedPosition] {
        let query = try BulkStatement("SELECT id, partition, epoch, \"offset\" FROM consumer", in: db)
        var positions: [String: ConsumedPosition] = [:]
        while try query.step() {
            positions[query.text(1)] = ConsumedPosition(
                id: query.integer(0),
                epoch: query.text(2),
                offset: Offset(clamping: query.integer(3))
            )
        }
        return positions
    }

    /// Begins a partition at an offset, under a number of its own or a given one.
    static func begin(
        _ partition: Partition,
        epoch: LogEpoch,
        at offset: Offset,
        as id: Int64? = nil,
        in db: any SQLConnection
    ) throws -> ConsumedPosition {
        let id = try id ?? db.nextID(in: "consumer")
        let insert = try BulkStatement(
            "INSERT INTO consumer (partition, epoch, \"offset\", id) VALUES (?, ?, ?, ?)",
            in: db
        )
        insert.bind(1, partition.name)
        insert.bind(2, epoch.description)
        insert.bind(3, Int64(clamping: offset))
        insert.bind(4, id)
        try insert.run()
        return ConsumedPosition(id: id, epoch: epoch.description, offset: offset)
    }

    /// Moves to another offset, unless the store stands elsewhere: then another consumer has been at work, and this one must stop.
    func advance(to next: Offset, in db: any SQLConnection) throws {
        let update = try BulkStatement(
            "UPDATE consumer SET \"offset\" = ? WHERE id = ? AND epoch = ? AND \"offset\" = ?",
            in: db
        )
        update.bind(1, Int64(clamping: next))
        update.bind(2, id)
        update.bind(3, epoch)
        update.bind(4, Int64(clamping: offset))
        try update.run()
        guard try update.changes == 1 else { throw PipelineError.fenced(expected: offset) }
    }

    /// Refuses a log that is not the one the store was made from, or that has lost its end.
    func check(against status: PartitionStatus) throws(PipelineError) {
        guard status.epoch.description == epoch else {
            throw .otherEpoch(partition: status.partition.description, expected: epoch, found: status.epoch.description)
        }
        guard offset <= status.head else {
            throw .aheadOfLog(partition: status.partition.description, offset: offset, head: status.head)
        }
    }
}

extension [String: ConsumedPosition] {
    /// The names of the partitions, by what stands for them in the store.
    var names: [Int64: String] { [Int64: String](uniqueKeysWithValues: map { ($1.id, $0) }) }

    /// The partitions of `events`, once the log shows as much of each as was taken in, or patience is at an end.
    ///
    /// Refuses a log that is not the one the store was made from, or that has lost a partition or its end.
    func partitions(on log: any MessageLog, patience: Duration) async throws -> [PartitionStatus] {
        let taken = map { (Partition(topic: Topic.events, name: $0), $1.offset) }
        let present = try await log.partitions(
            of: Topic.events,
            reaching: [Partition: Offset](uniqueKeysWithValues: taken),
            patience: patience
        )
        for (name, position) in self {
            guard let status = present.first(where: { $0.partition.name == name }) else {
                throw PipelineError.lostPartition("\(Topic.events)/\(name)")
            }
            try position.check(against: status)
        }
        return present
    }
}

/// Why the pipeline must not go on.
enum PipelineError: Error, Equatable, CustomStringConvertible {
    case fenced(expected: Offset)
    case otherEpoch(partition: String, expected: String, found: String)
    case aheadOfLog(partition: String, offset: Offset, head: Offset)
    case lostPartition(String)
    case damagedStore(String)

    /// One sentence that says what is wrong.
    var description: String {
        switch self {
        case .fenced(let expected):
            "The store has moved on from offset \(expected): another process has taken this one's place."
        case .otherEpoch(let partition, let expected, let found):
            """
            The store was made from another life of \(partition) (epoch \(expected), now \(found)): remove the store to \
            build it anew from this log.
            """
        case .aheadOfLog(let partition, let offset, let head):
            """
            The store has taken in \(partition) up to offset \(offset), but the log ends at \(head): the log has lost \
            records that were acknowledged.
            """
        case .lostPartition(let partition): "The store has taken in \(partition), which is no longer on the log."
        case .damagedStore(let reason): "The store is damaged: \(reason)"
        }
    }
}

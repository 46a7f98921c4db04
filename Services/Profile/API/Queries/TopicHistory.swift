import Events
import MessageLog

/// Walks a topic from its newest record to its oldest, over all partitions, by the records' time.
///
/// - Reads in blocks, so it holds at most one block of each partition.
/// - A partition's own order is kept; between partitions the later time comes first.
struct TopicHistory {
    /// For each partition, the offset above the next record to give out; also what a cursor says.
    private(set) var ends: [Partition: Offset]

    private let log: any MessageLog
    private var firsts: [Partition: Offset] = [:]
    private var blocks: [Partition: [StoredRecord]] = [:]
    private static let blockRecords: Offset = 256

    /// A walk from the head, or from where the cursor's page ended.
    init(log: any MessageLog, topic: String, cursor: Positions?) async throws(MessageLogError) {
        self.log = log
        ends = [:]
        for status in try await log.partitions(of: topic) {
            let end = cursor.map { $0[status.partition.name] ?? 0 } ?? status.head
            firsts[status.partition] = status.first
            ends[status.partition] = min(end, status.head)
        }
    }

    /// The next older record; `nil` at the end.
    mutating func next() async throws(MessageLogError) -> StoredRecord? {
        try await fill()
        guard let newest = blocks.values.compactMap(\.last).max(by: Self.isOlder) else { return nil }
        blocks[newest.partition]?.removeLast()
        ends[newest.partition] = newest.offset
        return newest
    }

    /// Where to go on later.
    var positions: Positions {
        Positions(Dictionary(uniqueKeysWithValues: ends.map { ($0.key.name, $0.value) }))
    }

    private static func isOlder(_ left: StoredRecord, _ right: StoredRecord) -> Bool {
        (left.record.timestamp, left.partition) < (right.record.timestamp, right.partition)
    }

    private mutating func fill() async throws(MessageLogError) {
        for (partition, end) in ends where blocks[partition]?.isEmpty ?? true {
            let first = firsts[partition] ?? 0
            guard end > first else { continue }
            let from = max(first, end > Self.blockRecords ? end - Self.blockRecords : 0)
            blocks[partition] = try await read(partition, from: from, to: end)
        }
    }

    /// The records in a range of offsets; a read may stop early at its limit of bytes.
    private func read(
        _ partition: Partition,
        from start: Offset,
        to end: Offset
    ) async throws(MessageLogError) -> [StoredRecord] {
        var records: [StoredRecord] = []
        var offset = start
        while offset < end {
            let more = try await log.readKept(partition, from: offset, maxRecords: Int(end - offset), maxBytes: 4 << 20)
                .filter { $0.offset < end }
            guard let last = more.last else { break }
            records += more
            offset = last.offset + 1
        }
        return records
    }
}

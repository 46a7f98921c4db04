import Events
import MessageLog
import Topics

/// Which records are to be read and decoded ahead.
struct BatchRequest: Sendable {
    var partition: Partition
    /// None are read from its end on.
    var range: Range<Offset>
    var limits: Intake.Limits
    /// Records that are left out.
    var poison: Set<RecordPlace>
    var decoder: EventDecoder
}

/// Reads and decodes a batch while another one is being written, on a thread of its own.
actor BatchReader {
    /// How much is read at a time: what is decoded need not stay in memory until the whole batch is.
    private static let pieceBytes = 1 << 20

    nonisolated let executor = BlockingExecutor("kith.profile.reader")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let log: any MessageLog

    init(log: any MessageLog) {
        self.log = log
    }

    /// The records at the beginning of the range; `nil` if there are none, or if they cannot be read now.
    func batch(_ request: BatchRequest) async -> DecodedBatch? {
        var left = request.limits
        var next = request.range.lowerBound
        var events: [DecodedEvent] = []
        var refused: [DeadLetter] = []
        while left.records > 0, left.bytes > 0, next < request.range.upperBound {
            guard let records = await piece(of: request, from: next, left), let last = records.last else { break }
            let decoded = request.decode(records)
            events += decoded.events
            refused += decoded.refused
            next = last.offset + 1
            left.records -= records.count
            left.bytes -= records.reduce(0) { $0 + $1.record.key.count + $1.record.value.count }
        }
        let range = request.range.lowerBound..<next
        guard !range.isEmpty else { return nil }
        return DecodedBatch(
            partition: request.partition,
            range: range,
            events: events,
            refused: refused,
            by: request.decoder.hash
        )
    }

    /// What is wrong with the log is for the reader to say that cannot do without.
    private func piece(of request: BatchRequest, from offset: Offset, _ left: Intake.Limits) async -> [StoredRecord]? {
        try? await log.read(
            request.partition,
            from: offset,
            maxRecords: min(left.records, Int(clamping: request.range.upperBound - offset)),
            maxBytes: min(left.bytes, Self.pieceBytes)
        )
    }
}

extension BatchRequest {
    fileprivate func decode(_ records: [StoredRecord]) -> (events: [DecodedEvent], refused: [DeadLetter]) {
        decoder.decode(RecordPlace.passing(records, of: partition, by: poison), condemned: nil) { _ in }
    }
}

extension RecordPlace {
    /// The records that are not among some.
    static func passing(
        _ records: [StoredRecord],
        of partition: Partition,
        by poison: Set<RecordPlace>
    ) -> [StoredRecord] {
        guard !poison.isEmpty else { return records }
        return records.filter { !poison.contains(RecordPlace(lane: partition.name, offset: $0.offset)) }
    }
}

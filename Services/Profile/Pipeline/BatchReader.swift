import Events
import MessageLog

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
        var batch = DecodedBatch(request)
        var left = request.limits
        while left.records > 0, left.bytes > 0, batch.range.upperBound < request.range.upperBound {
            guard let records = await piece(of: request, from: batch.range.upperBound, left), !records.isEmpty else {
                break
            }
            batch.append(records, of: request)
            left.records -= records.count
            left.bytes -= records.reduce(0) { $0 + $1.record.key.count + $1.record.value.count }
        }
        return batch.range.isEmpty ? nil : batch
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

extension DecodedBatch {
    /// Nothing yet.
    fileprivate init(_ request: BatchRequest) {
        let start = request.range.lowerBound
        self.init(partition: request.partition, range: start..<start, events: [], refused: [])
    }

    fileprivate mutating func append(_ records: [StoredRecord], of request: BatchRequest) {
        guard let last = records.last else { return }
        let kept = RecordPlace.passing(records, of: request.partition, by: request.poison)
        let (events, refused) = request.decoder.decode(kept, condemned: nil) { _ in }
        self.events += events
        self.refused += refused
        range = range.lowerBound..<last.offset + 1
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

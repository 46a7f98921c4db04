import Events
import MessageLog
import Topics

/// Events that were taken in before, and that a transaction needs to look at again.
///
/// A transaction cannot wait for the log. So it says what it needs (``NeededEvents``), is undone, and is made again once that is
/// here. What else is dear to find is kept meanwhile.
struct EventArchive {
    /// What the attempts of the transaction so far have found by going through all of the store.
    let passes = WholePasses()
    private var events: [EventPlace: DecodedEvent?] = [:]
    private var envelopes: [EventPlace: EventEnvelope?] = [:]

    /// An archive with nothing in it.
    init() {}

    /// The events at some places; those that cannot be read any more are left out.
    func events(
        at places: some Collection<EventPlace>
    ) throws(NeededEvents) -> [(event: DecodedEvent, place: EventPlace)] {
        let missing = Set(places.filter { events[$0] == nil })
        guard missing.isEmpty else { throw NeededEvents(places: missing) }
        return places.compactMap { place in (events[place] ?? nil).map { ($0, place) } }
    }

    /// The same, whole.
    func envelopes(
        at places: some Collection<EventPlace>
    ) throws(NeededEvents) -> [(envelope: EventEnvelope, place: EventPlace)] {
        let missing = Set(places.filter { envelopes[$0] == nil })
        guard missing.isEmpty else { throw NeededEvents(envelopes: missing) }
        return places.compactMap { place in (envelopes[place] ?? nil).map { ($0, place) } }
    }

    /// Gets events from the log.
    ///
    /// - Parameter partitions: The partitions' names by their numbers.
    mutating func fetch(
        _ needed: NeededEvents,
        from log: any MessageLog,
        partitions: [Int64: String],
        decoder: EventDecoder
    ) async throws {
        for place in needed.places { events[place] = .some(nil) }
        for place in needed.envelopes { envelopes[place] = .some(nil) }
        let wanted = needed.places.union(needed.envelopes)
        for (partition, places) in Dictionary(grouping: wanted, by: \.partition) {
            guard let name = partitions[partition] else { continue }
            for span in Self.spans(of: places.map(\.offset).sorted()) {
                let records = try await log.records(of: Partition(topic: Topic.events, name: name), in: span)
                for record in records { take(record, of: partition, needed, decoder) }
            }
        }
    }

    private mutating func take(
        _ record: StoredRecord,
        of partition: Int64,
        _ needed: NeededEvents,
        _ decoder: EventDecoder
    ) {
        let place = EventPlace(partition: partition, offset: Int64(clamping: record.offset))
        let (isEvent, isEnvelope) = (needed.places.contains(place), needed.envelopes.contains(place))
        guard isEvent || isEnvelope, let written = try? EventEnvelope(decoding: record.record.value) else { return }
        // The log may still have what the store has forgotten.
        guard let envelope = decoder.passed(written) else { return }
        if isEvent { events[place] = decoder.event(of: envelope, at: record.offset) }
        if isEnvelope { envelopes[place] = envelope }
    }

    /// Offsets that stand close to each other, together: the records between them cost less than another read.
    private static func spans(of offsets: [Int64]) -> [ClosedRange<Int64>] {
        var spans: [ClosedRange<Int64>] = []
        for offset in offsets {
            if let last = spans.last, offset - last.upperBound <= 16 {
                spans[spans.count - 1] = last.lowerBound...max(offset, last.upperBound)
            } else {
                spans.append(offset...offset)
            }
        }
        return spans
    }
}

/// The transaction cannot go on without these events.
struct NeededEvents: Error {
    var places: Set<EventPlace> = []
    /// Those that are needed whole.
    var envelopes: Set<EventPlace> = []
}

extension MessageLog {
    /// The records with offsets in a range, and perhaps some behind it; those that retention has removed are left out.
    fileprivate func records(
        of partition: Partition,
        in range: ClosedRange<Int64>
    ) async throws(MessageLogError) -> [StoredRecord] {
        var records: [StoredRecord] = []
        var offset = Offset(clamping: range.lowerBound)
        let end = Offset(clamping: range.upperBound)
        while offset <= end {
            let most = Int(end - offset) + 1
            let more = try await readKept(partition, from: offset, maxRecords: most, maxBytes: 4 << 20)
            guard let last = more.last else { break }
            records += more
            offset = last.offset + 1
        }
        return records
    }
}

import Events
import MessageLog
import Topics

/// Reads the events that a timeline's entries stand for from the log.
struct EventBodies: Sendable {
    let log: any MessageLog

    /// Entries that stand close to each other are read together; the records between them cost less than another read.
    private static let gap: Int64 = 8
    private static let span: Int64 = 256

    /// Envelopes of entries, and how many of the entries they are of.
    struct Page: Sendable {
        var count: Int
        /// Those missing are no longer on the log.
        var envelopes: [TimelinePlace: EventEnvelope]
    }

    /// The envelopes of the first entries: of all of them, or of as many as have hardly more than so many bytes.
    ///
    /// Of the very first one always, whatever it has.
    func page(of entries: [TimelineEntry], bytes limit: Int) async throws(MessageLogError) -> Page {
        var count = entries.count
        while count > 1 {
            if let envelopes = try await envelopes(of: entries.prefix(count), bytes: limit) {
                return Page(count: count, envelopes: envelopes)
            }
            count = max(1, count / 4)
        }
        return Page(count: count, envelopes: try await envelopes(of: entries.prefix(count), bytes: .max) ?? [:])
    }

    /// `nil` if they have more bytes.
    private func envelopes(
        of entries: ArraySlice<TimelineEntry>,
        bytes limit: Int
    ) async throws(MessageLogError) -> [TimelinePlace: EventEnvelope]? {
        var envelopes: [TimelinePlace: EventEnvelope] = [:]
        var bytes = 0
        for group in Self.groups(Array(entries)) {
            let places = Dictionary(group.map { (Offset(clamping: $0.place.offset), $0.place) }) { first, _ in first }
            var next = places.keys.min()
            while let offset = next {
                let records = try await records(of: group, from: offset)
                for record in records {
                    guard let place = places[record.offset] else { continue }
                    bytes += record.record.value.count
                    guard bytes <= limit else { return nil }
                    envelopes[place] = try? EventEnvelope(decoding: record.record.value)
                }
                // The records between them may be another's, and large: they are not kept.
                next = records.last.flatMap { last in places.keys.filter { $0 > last.offset }.min() }
            }
        }
        return envelopes
    }

    static func groups(_ entries: [TimelineEntry]) -> [[TimelineEntry]] {
        let sorted = entries.sorted { ($0.lane, $0.place.offset) < ($1.lane, $1.place.offset) }
        var groups: [[TimelineEntry]] = []
        for entry in sorted {
            if let last = groups.last?.last, let first = groups.last?.first, last.lane == entry.lane,
                entry.place.offset - last.place.offset <= gap, entry.place.offset - first.place.offset < span
            {
                groups[groups.count - 1].append(entry)
            } else {
                groups.append([entry])
            }
        }
        return groups
    }

    /// The next records of a group, some of them; none when all others are gone.
    private func records(
        of group: [TimelineEntry],
        from start: Offset
    ) async throws(MessageLogError) -> [StoredRecord] {
        guard let last = group.last else { return [] }
        let partition = Partition(topic: Topic.events, name: last.lane)
        let end = Offset(clamping: last.place.offset) + 1
        var offset = start
        while offset < end {
            do {
                return try await log.read(partition, from: offset, maxRecords: Int(end - offset), maxBytes: 4 << 20)
            } catch {
                switch error {
                case .offsetGone(let kept) where kept < end: offset = kept
                case .offsetGone, .offsetAhead, .noSuchPartition: return []
                default: throw error
                }
            }
        }
        return []
    }
}

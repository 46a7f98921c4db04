import Events
import MessageLog
import Topics

/// Reads the events that a timeline's entries stand for from the log.
struct EventBodies: Sendable {
    let log: any MessageLog

    /// Entries that stand close to each other are read together; the records between them cost less than another read.
    private static let gap: Int64 = 8
    private static let span: Int64 = 256

    /// The envelopes of the entries; those missing are no longer on the log.
    func envelopes(of entries: [TimelineEntry]) async throws(MessageLogError) -> [TimelinePlace: EventEnvelope] {
        var envelopes: [TimelinePlace: EventEnvelope] = [:]
        for group in Self.groups(entries) {
            let places = Dictionary(group.map { ($0.place.offset, $0.place) }) { first, _ in first }
            for record in try await records(of: group) {
                guard let place = places[Int64(clamping: record.offset)] else { continue }
                envelopes[place] = try? EventEnvelope(decoding: record.record.value)
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

    private func records(of group: [TimelineEntry]) async throws(MessageLogError) -> [StoredRecord] {
        guard let first = group.first, let last = group.last else { return [] }
        let partition = Partition(topic: Topic.events, name: first.lane)
        var records: [StoredRecord] = []
        var offset = Offset(clamping: first.place.offset)
        let end = Offset(clamping: last.place.offset) + 1
        while offset < end {
            do {
                let more = try await log.read(partition, from: offset, maxRecords: Int(end - offset), maxBytes: 4 << 20)
                guard let last = more.last else { break }
                records += more
                offset = last.offset + 1
            } catch {
                switch error {
                case .offsetGone(let kept) where kept < end: offset = kept
                case .offsetGone, .offsetAhead, .noSuchPartition: return records
                default: throw error
                }
            }
        }
        return records
    }
}

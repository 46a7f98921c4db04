import Events
import Identity
import MessageLog
import Topics

/// A batch's events with the identifier that each is anchored to.
struct AnchoredBatch {
    struct Event {
        var event: DecodedEvent
        var anchor: Int64
        var names: [Int64]
    }

    /// A profile's events, by their places in ``AnchoredBatch/events``, and what they add to its counts.
    struct Share {
        var places: [Int] = []
        var activity = Activity()

        mutating func add(_ place: Int, at time: Int64) {
            places.append(place)
            activity.absorb(Activity(events: 1, lastSeen: time))
        }
    }

    /// How late an event may arrive and still cause messages.
    private static let lateness: Int64 = 24 * 3_600_000_000

    let events: [Event]

    /// The rows of the timeline in the order of the table.
    func rows(in graph: WorkingGraph) throws -> [TimelineRow] {
        let rows = try events.map { event in
            TimelineRow(
                identifier: event.anchor,
                time: event.event.header.timestamp.microseconds,
                offset: Int64(clamping: event.event.offset),
                source: try graph.cache.sources.id(of: event.event.header.source, in: graph.db),
                event: try graph.cache.events.id(
                    of: event.event.header.type,
                    event.event.header.name ?? "",
                    in: graph.db
                ),
                names: event.names
            )
        }
        return rows.sorted { ($0.identifier, $0.time, $0.offset) < ($1.identifier, $1.time, $1.offset) }
    }

    func byProfile(in graph: WorkingGraph) throws -> [Int64: Share] {
        var shares: [Int64: Share] = [:]
        shares.reserveCapacity(events.count)
        for (place, event) in events.enumerated() {
            let profile = try graph.node(event.anchor).profile
            shares[profile, default: Share()].add(place, at: event.event.header.timestamp.microseconds)
        }
        return shares
    }

    /// A profile's events as ``Topics/Change`` tells of them.
    func changeEvents(_ share: Share, _ partition: Partition, _ graph: WorkingGraph) throws -> [Change.Event] {
        try share.places.map { place in
            let header = events[place].event.header
            return Change.Event(
                messageID: header.messageID,
                type: header.type,
                name: header.name,
                source: header.source,
                time: header.timestamp,
                anchor: try graph.node(events[place].anchor).identifier,
                partition: partition.name,
                offset: events[place].event.offset,
                historical: Self.isHistorical(header)
            )
        }
    }

    private static func isHistorical(_ header: EventHeader) -> Bool {
        header.historical || header.timestamp.microseconds < header.receivedAt.microseconds - lateness
    }
}

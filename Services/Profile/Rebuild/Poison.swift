import MessageLog
import ServiceKit
import Topics

/// The records of `events` that have ended a process, as the dead letters tell.
enum Poison {
    /// A rebuild passes them over: it need not find out again, at the cost of the service, what they do.
    static func records(on log: any MessageLog) async throws -> Set<RecordPlace> {
        var cursor = TopicCursor(log: log, topic: Topic.deadLetters)
        var places: Set<RecordPlace> = []
        while case let records = try await cursor.next(), !records.isEmpty {
            for record in records {
                guard let letter = try? DeadLetter(decoding: record.record.value), letter.code == DeadLetter.poison,
                    let position = letter.position, position.hasPrefix("\(Topic.events)/"),
                    let place = RecordPlace(position.dropFirst(Topic.events.count + 1))
                else { continue }
                places.insert(place)
            }
        }
        return places
    }
}

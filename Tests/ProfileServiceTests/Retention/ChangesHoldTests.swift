import MessageLog
import Testing

@testable import ProfileService

@Suite("What unread changes hold back")
struct ChangesHoldTests {
    private let events = Partition(topic: "events", name: "ingest")
    private let changes = Partition(topic: "changes", name: "profile")

    private func moment(_ progress: Offset, _ head: Offset) -> ChangesHold.Moment {
        ChangesHold.Moment(
            consumers: [ConsumerStatus(name: "profile", positions: [events: progress], updated: 0)],
            changes: [PartitionStatus(partition: changes, epoch: .random(), first: 0, head: head, bytes: 0)]
        )
    }

    private func reader(_ name: String, _ position: Offset?) -> ConsumerStatus {
        ConsumerStatus(name: name, positions: position.map { [changes: $0] } ?? [:], updated: 0)
    }

    @Test("is nothing once everybody has read to the head")
    func read() {
        var hold = ChangesHold()
        #expect(hold.advance(to: moment(100, 10), readers: [reader("a", 10), reader("b", 10)]) == [events: 100])
    }

    @Test("is nothing when there are no changes")
    func empty() {
        var hold = ChangesHold()
        #expect(hold.advance(to: moment(0, 0), readers: [reader("a", nil)]) == [events: 0])
    }

    @Test("is everything from where a slow reader is, until it has passed what was the head")
    func slow() {
        var hold = ChangesHold()
        #expect(hold.advance(to: moment(100, 10), readers: [reader("a", 10), reader("b", 9)]) == nil)
        #expect(hold.advance(to: moment(200, 20), readers: [reader("a", 20), reader("b", 9)]) == nil)
        // Past what was the head at the first time, though not at the head.
        #expect(hold.advance(to: moment(300, 30), readers: [reader("a", 30), reader("b", 15)]) == [events: 100])
        #expect(hold.advance(to: moment(400, 40), readers: [reader("a", 40), reader("b", 29)]) == nil)
        #expect(hold.advance(to: moment(500, 50), readers: [reader("a", 50), reader("b", 31)]) == [events: 300])
        #expect(hold.advance(to: moment(600, 60), readers: [reader("a", 60), reader("b", 60)]) == [events: 600])
    }

    @Test("is everything while somebody has registered and read nothing")
    func newcomer() {
        var hold = ChangesHold()
        for _ in 0..<3 {
            #expect(hold.advance(to: moment(100, 10), readers: [reader("a", 10), reader("b", nil)]) == nil)
        }
    }

    @Test("goes by the slowest consumer of events, partition by partition")
    func slowestConsumer() {
        let other = Partition(topic: "events", name: "connector")
        let moment = ChangesHold.Moment(
            consumers: [
                ConsumerStatus(name: "a", positions: [events: 7, other: 3], updated: 0),
                ConsumerStatus(name: "b", positions: [events: 5], updated: 0),
            ],
            changes: []
        )
        #expect(moment.progress == [events: 5, other: 0])
        #expect(moment.heads.isEmpty)
    }
}

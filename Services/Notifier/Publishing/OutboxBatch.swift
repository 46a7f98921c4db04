import MessageLog
import Topics

/// Records that go to the log together, under the sequence that makes them go there once.
struct OutboxBatch: Sendable, Equatable {
    var topic: String
    var records: [Record] = []
    /// The last one's id; the append's sequence.
    var sequence: UInt64

    init(topic: String, sequence: UInt64) {
        self.topic = topic
        self.sequence = sequence
    }

    mutating func add(key: [UInt8], value: [UInt8], time: Int64) {
        let headers = trace(of: value).map { [$0.header] } ?? []
        records.append(Record(key: key, value: value, headers: headers, timestamp: time))
    }

    private func trace(of value: [UInt8]) -> TraceContext? {
        topic == Topic.commands ? try? Command(decoding: value).trace : try? DeadLetter(decoding: value).trace
    }
}

import Synchronization

/// What a log has open: a lane of its producer in each topic that is written to, and a reader of each partition that is read.
final class OpenLanes<Lane: Sendable, Reader: Sendable>: Sendable {
    private struct State {
        var lanes: [String: Lane] = [:]
        var readers: [Partition: Reader] = [:]
        var isClosed = false
    }

    let producer: String?
    private let state = Mutex(State())

    /// - Parameter producer: Under which name the log appends; nil if it only reads.
    init(producer: String?) {
        self.producer = producer
    }

    /// The producer's partition of a topic.
    func partition(of topic: String) throws(MessageLogError) -> Partition {
        guard let producer else { throw .readOnly }
        try check(topic)
        return Partition(topic: topic, name: producer)
    }

    /// The producer's lane in a topic, which is made once.
    func lane(of topic: String, orNew make: () -> Lane) -> Lane {
        state.withLock { state in
            if let lane = state.lanes[topic] { return lane }
            let lane = make()
            state.lanes[topic] = lane
            return lane
        }
    }

    /// The producer's lanes that are open.
    var lanes: [Lane] { state.withLock { Array($0.lanes.values) } }

    /// The reader of a partition, which is made once.
    func reader(of partition: Partition, orNew make: () -> Reader) throws(MessageLogError) -> Reader {
        try check(partition.topic)
        try LanePaths.check(partition.name)
        return state.withLock { state in
            if let reader = state.readers[partition] { return reader }
            let reader = make()
            state.readers[partition] = reader
            return reader
        }
    }

    /// Refuses names that are none, and everything once the log is closed.
    func check(_ topic: String) throws(MessageLogError) {
        try LanePaths.check(topic)
        guard !state.withLock({ $0.isClosed }) else { throw .closed }
    }

    /// Opens nothing more; returns the lanes, which are to be closed.
    func close() -> [Lane] {
        state.withLock { state in
            state.isClosed = true
            state.readers = [:]
            return Array(state.lanes.values)
        }
    }
}

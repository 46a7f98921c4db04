/// What there is besides records: which lanes a topic has, how far its consumers are, and which segments may go.
///
/// All of it is in the files: there may be several, in this process and in others.
actor Catalog {
    private nonisolated let executor = QueueExecutor("log.catalog")
    private let root: String
    private let fileSystem: any FileSystem

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(root: String, fileSystem: any FileSystem) {
        self.root = root
        self.fileSystem = fileSystem
    }

    /// The topic's lanes, each with what its files say.
    func partitions(of topic: String) throws(MessageLogError) -> [PartitionStatus] {
        var statuses: [PartitionStatus] = []
        for name in try lanes(of: topic) {
            let partition = Partition(topic: topic, name: name)
            if let lane = try inventory(of: partition) { statuses.append(lane.status(of: partition)) }
        }
        return statuses
    }

    /// Adds positions to what the consumer noted before.
    func record(
        progress: [Partition: Offset],
        of consumer: String,
        in topic: String,
        now: Int64
    ) throws(MessageLogError) {
        let file = consumerFile(topic)
        // What is damaged is replaced: positions that are lost that way hold more back, never less.
        let before = (try? file.read(consumer))?.positions ?? [:]
        let positions = before.merging(progress) { _, new in new }
        try file.write(ConsumerStatus(name: consumer, positions: positions, updated: now))
    }

    /// What the topic's consumers noted.
    func consumers(of topic: String) throws(MessageLogError) -> [ConsumerStatus] {
        let file = consumerFile(topic)
        var statuses: [ConsumerStatus] = []
        for name in try file.names() {
            if let status = try file.read(name) { statuses.append(status) }
        }
        return statuses
    }

    /// Unlinks the segments that the policy does not keep and nobody has still to read.
    func applyRetention(_ policy: Retention, to topic: String, now: Int64) throws(MessageLogError) {
        let consumers = try consumers(of: topic)
        for name in try lanes(of: topic) {
            let partition = Partition(topic: topic, name: name)
            guard let lane = try inventory(of: partition) else { continue }
            let read = consumers.map { $0.positions[partition] ?? 0 }.min() ?? .max
            try remove(lane.removable(policy, readUpTo: read, now: now), of: lane)
        }
    }

    /// Unlinks segments from the oldest on, each durably before the next, so that no crash leaves a hole.
    private func remove(_ segments: [Offset], of lane: LaneInventory) throws(MessageLogError) {
        guard !segments.isEmpty else { return }
        let (fileSystem, paths) = (fileSystem, lane.paths)
        // Or a segment that is being rewritten could come back.
        let lock = try logged { () throws(FileError) in try fileSystem.waitForLock(paths.head) }
        defer { withExtendedLifetime(lock) {} }
        for base in segments {
            do {
                try fileSystem.remove(paths.segment(base))
            } catch {
                guard error.isMissing else { throw MessageLogError(error) }
            }
            try logged { () throws(FileError) in try fileSystem.syncDirectory(paths.directory) }
        }
    }

    private func lanes(of topic: String) throws(MessageLogError) -> [String] {
        do {
            return try fileSystem.list("\(root)/\(topic)")
                .filter { $0 != LanePaths.consumers && Partition.isName($0) }.sorted()
        } catch {
            if error.isMissing { return [] }
            throw MessageLogError(error)
        }
    }

    private func inventory(of partition: Partition) throws(MessageLogError) -> LaneInventory? {
        try LaneInventory(paths: LanePaths(root: root, partition: partition), fileSystem: fileSystem)
    }

    private func consumerFile(_ topic: String) -> ConsumerFile {
        ConsumerFile(fileSystem: fileSystem, root: root, topic: topic)
    }
}

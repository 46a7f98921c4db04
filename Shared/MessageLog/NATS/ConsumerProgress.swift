/// How far the consumers of topics have come, as keys of the bucket.
struct ConsumerProgress: Sendable {
    /// What is stored for a consumer of a topic.
    private struct Note: Codable, Sendable {
        /// Microseconds since 1970.
        var updated: Int64
        /// By the partition's name.
        var positions: [String: Offset]
    }

    let bucket: Bucket

    /// Adds positions to what the consumer noted before.
    func record(
        _ progress: [Partition: Offset],
        of consumer: String,
        in topic: String,
        now: Int64
    ) async throws(MessageLogError) {
        let named = progress.reduce(into: [:]) { $0[$1.key.name] = $1.value }
        try await bucket.update(Self.key(topic, consumer), as: Note.self) { before in
            Note(updated: now, positions: (before?.positions ?? [:]).merging(named) { _, new in new })
        }
    }

    /// What the topic's consumers noted, in the order of their names.
    func consumers(of topic: String) async throws(MessageLogError) -> [ConsumerStatus] {
        var found: [ConsumerStatus] = []
        for name in try await bucket.names(under: "progress.\(topic)") {
            guard let note = try await bucket.entry(Self.key(topic, name), as: Note.self).value else { continue }
            let positions = note.positions.reduce(into: [:]) { $0[Partition(topic: topic, name: $1.key)] = $1.value }
            found.append(ConsumerStatus(name: name, positions: positions, updated: note.updated))
        }
        return found
    }

    private static func key(_ topic: String, _ consumer: String) -> String { "progress.\(topic).\(consumer)" }
}

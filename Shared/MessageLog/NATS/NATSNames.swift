/// What the streams and subjects of a partition are called.
///
/// Topics and producers have no capitals and no dots, so no two partitions share a name.
struct NATSNames: Sendable, Hashable {
    let partition: Partition

    /// The stream that holds the partition's appends, one message for each group of them.
    var stream: String { "KITH_\(partition.topic)_BY_\(partition.name)" }
    /// The subject of all of its messages.
    var subject: String { "kith.\(partition.topic).\(partition.name)" }
    /// The stream that holds what was put in the place of rewritten messages.
    var rewrittenStream: String { stream + "_REWRITTEN" }
    /// The subjects of all of its messages.
    var rewrittenSubjects: String { "kith-rewritten.\(partition.topic).\(partition.name).*" }

    /// The subject on which the writer says that the partition has grown.
    var news: String { "kith-news.\(partition.topic).\(partition.name)" }

    /// The subject of what stands for the message with a sequence.
    func rewritten(_ sequence: UInt64) -> String {
        "kith-rewritten.\(partition.topic).\(partition.name).\(sequence)"
    }

    /// The sequence of the message that the subject of another one stands for.
    static func sequence(rewrittenAs subject: String) -> UInt64? {
        subject.split(separator: ".").last.flatMap { UInt64($0) }
    }

    /// The subjects of all partitions of a topic.
    static func subjects(of topic: String) -> String { "kith.\(topic).*" }
    /// The subjects on which the writers say that a partition of a topic has grown.
    static func news(of topic: String) -> String { "kith-news.\(topic).*" }

    /// The partition whose stream has this name; nil if it is another stream.
    static func partition(of topic: String, stream: String) -> Partition? {
        let prefix = "KITH_\(topic)_BY_"
        guard stream.hasPrefix(prefix) else { return nil }
        let name = String(stream.dropFirst(prefix.count))
        return Partition.isName(name) ? Partition(topic: topic, name: name) : nil
    }

    func configuration(replicas: Int) -> StreamConfiguration {
        StreamConfiguration(name: stream, subjects: [subject], replicas: replicas)
    }

    func rewrittenConfiguration(replicas: Int) -> StreamConfiguration {
        StreamConfiguration(name: rewrittenStream, subjects: [rewrittenSubjects], replicas: replicas)
    }
}

public import Events

/// One instance has nothing more of a person: not in its partitions of the log, and not in its store.
public struct Erased: Sendable, Equatable {
    /// The id of the suppression.
    public var suppression: String
    /// The instance whose partitions they are.
    public var instance: String
    /// How many records were rewritten, by topic.
    public var records: [String: Int]
    /// When it was done.
    public var time: Timestamp

    /// Creates the value from its parts.
    public init(suppression: String, instance: String, records: [String: Int], time: Timestamp) {
        self.suppression = suppression
        self.instance = instance
        self.records = records
        self.time = time
    }

    init(json: JSONView) throws(TopicError) {
        suppression = try json.requiredString("suppression")
        instance = try json.requiredString("instance")
        records = [:]
        if let members = json["records"]?.members {
            for (topic, count) in members { records[topic] = count.int64.flatMap { Int(exactly: $0) } }
        }
        time = try json.requiredTime("at")
    }

    func writeFields(to writer: inout JSONWriter) {
        writer.field("suppression", suppression)
        writer.field("instance", instance)
        writer.object("records") { writer in
            for (topic, count) in records.sorted(by: { $0.key < $1.key }) { writer.field(topic, count) }
        }
        writer.field("at", time)
    }
}

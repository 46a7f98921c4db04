import Events
import Hummingbird
import IdentityRules
import MessageLog
import ServiceKit
import Store
import Topics

extension ProfileAPI {
    /// How the installation is doing.
    var statusEndpoints: [Endpoint] {
        [
            Endpoint(
                method: .get,
                path: "/v1/status",
                name: "getStatus",
                summary: "Counts, what each consumer has still to read, space on disk, and what is kept.",
                scope: .read,
                answer: .json("Status", "The state at this moment."),
                action: .query(getStatus)
            )
        ]
    }

    private func getStatus(_ call: Call) async throws -> Response {
        let view = inUse.view
        let rebuild = try await rebuilds.status
        let counts = try await view.reader.read { try StoreCounts(in: $0) }
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("version", KithVersion.current)
        writer.field("startedAt", started)
        writer.field("uptimeSeconds", max(0, (call.now.microseconds - started.microseconds) / 1_000_000))
        writer.field("profiles", counts.profiles)
        writer.field("identifiers", counts.identifiers)
        writer.field("events", counts.events)
        writer.field("storeBytes", counts.bytes)
        writeIdentity(view.rules, to: &writer)
        writer.key("rebuild")
        rebuild.write(to: &writer, isBrief: true)
        let topics = try await TopicStatus.all(on: log)
        let plan = await retention()
        writer.array("topics", of: topics) { $0.write(to: &$1, limit: plan.limits[$0.name]) }
        writer.array("consumers", of: topics) { $0.writeConsumers(to: &$1) }
        writer.endObject()
        return .json(writer.bytes)
    }
}

extension ProfileAPI {
    /// Writes whether the rules of the store are those that its administrators have written down.
    private func writeIdentity(_ rules: StoredRules, to writer: inout JSONWriter) {
        let standing = rules.standing(beside: Result { () throws(IdentityRulesFileError) in try identity.rules() })
        writer.key("identity")
        writer.beginObject()
        writer.field("file", identity.path)
        writer.field("state", standing.word)
        if let message = standing.message { writer.field("message", message) }
        writer.endObject()
    }
}

/// What one topic holds, and how far its consumers are.
struct TopicStatus: Sendable {
    let name: String
    let partitions: [PartitionStatus]
    let consumers: [ConsumerStatus]

    /// Every topic of the log.
    static func all(on log: any MessageLog) async throws(MessageLogError) -> [TopicStatus] {
        var topics: [TopicStatus] = []
        for name in Topic.all {
            let consumers = try await log.consumers(of: name)
            topics.append(TopicStatus(name: name, partitions: try await log.partitions(of: name), consumers: consumers))
        }
        return topics
    }

    /// The records of a partition that a consumer has still to read.
    func lag(of consumer: ConsumerStatus, in partition: PartitionStatus) -> Int64 {
        let position = max(consumer.positions[partition.partition] ?? 0, partition.first)
        return Int64(clamping: partition.head) - Int64(clamping: min(position, partition.head))
    }

    func write(to writer: inout JSONWriter, limit: RetentionPlan.Limit?) {
        writer.beginObject()
        writer.field("name", name)
        writer.field("bytes", partitions.reduce(0) { $0 + $1.bytes })
        if let limit {
            writer.key("retention")
            limit.write(to: &writer)
        }
        writer.objects("partitions", of: partitions) { partition, writer in
            writer.field("name", partition.partition.name)
            writer.field("first", Int64(clamping: partition.first))
            writer.field("head", Int64(clamping: partition.head))
            writer.field("bytes", partition.bytes)
        }
        writer.endObject()
    }

    func writeConsumers(to writer: inout JSONWriter) {
        for consumer in consumers {
            for partition in partitions {
                writer.beginObject()
                writer.field("name", consumer.name)
                writer.field("topic", name)
                writer.field("partition", partition.partition.name)
                writer.field("position", Int64(clamping: consumer.positions[partition.partition] ?? 0))
                writer.field("lag", lag(of: consumer, in: partition))
                writer.field("updatedAt", Timestamp(microseconds: consumer.updated))
                writer.endObject()
            }
        }
    }
}

extension RetentionPlan.Limit {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        if let age { writer.field("ageSeconds", age.seconds) }
        if let size { writer.field("bytes", size.bytes) }
        writer.endObject()
    }
}

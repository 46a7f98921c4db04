import Events
import Hummingbird
import MessageLog
import ServiceKit
import Topics

extension ProfileAPI {
    /// Looking at the log itself.
    var topicEndpoints: [Endpoint] {
        let topic = PathParameter(
            name: "topic",
            summary: "One of \(Topic.all.joined(separator: ", ")).",
            example: Topic.events
        )
        return [
            Endpoint(
                method: .get,
                path: "/v1/topics/{topic}/records",
                name: "readTopic",
                summary: "Records of one partition of a topic, in order.",
                scope: .admin,
                pathParameters: [topic],
                query: [
                    QueryParameter("partition", .text(64), "The partition; needed when there are several."),
                    QueryParameter("from", .integer(0...Int.max / 2, default: 0), "The first offset to read."),
                    .limit(1...1000, default: 100),
                ],
                answer: .json("RecordPage", "The records."),
                refusals: [.notFound],
                action: .administration("topics.read", readTopic)
            ),
            Endpoint(
                method: .get,
                path: "/v1/topics/{topic}/stream",
                name: "streamTopic",
                summary: "Records of a topic as they come, as server-sent events.",
                scope: .admin,
                pathParameters: [topic],
                query: [Self.streamStart],
                headers: [Self.lastEventID],
                answer: .eventStream("Each `record` event carries one record as the schema `Record` has it."),
                refusals: [.notFound],
                isStream: true,
                action: .administration("topics.stream", streamTopic)
            ),
        ]
    }

    private func readTopic(_ call: Call) async throws -> Administered {
        let partition = try await partition(for: call)
        let from = Offset(call.query.integer("from"))
        let limit = call.query.integer("limit")
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("topic", partition.partition.topic)
        writer.field("partition", partition.partition.name)
        writer.field("first", Int64(clamping: partition.first))
        writer.field("head", Int64(clamping: partition.head))
        writer.key("records")
        writer.beginArray()
        var next = max(from, partition.first)
        if next < partition.head {
            let records = try await log.readKept(partition.partition, from: next, maxRecords: limit, maxBytes: 4 << 20)
            for record in records { record.write(to: &writer) }
            next = records.last.map { $0.offset + 1 } ?? next
        }
        writer.endArray()
        writer.field("next", Int64(clamping: next))
        writer.endObject()
        return Administered(subject: partition.partition.description, response: .json(writer.bytes))
    }

    private func partition(for call: Call) async throws -> PartitionStatus {
        let partitions = try await log.partitions(of: try call.topic())
        if let name = call.query.text("partition") {
            guard let named = partitions.first(where: { $0.partition.name == name }) else {
                throw APIError.notFound("The topic has no such partition.")
            }
            return named
        }
        guard let only = partitions.first else { throw APIError.notFound("The topic has no partition yet.") }
        guard partitions.count == 1 else {
            let names = partitions.map(\.partition.name).joined(separator: ", ")
            throw APIError.badRequest("missing_parameter", "Choose a “partition”: \(names).")
        }
        return only
    }

    private func streamTopic(_ call: Call) async throws -> Administered {
        let topic = try call.topic()
        let feed = try await streamFeed(of: topic, for: call)
        let response = eventStream(of: feed, for: call) { (record: StoredRecord) in
            var writer = JSONWriter()
            record.write(to: &writer)
            return ServerSentEvent(name: "record", json: writer.bytes)
        }
        return Administered(subject: topic, response: response)
    }
}

extension Call {
    fileprivate func topic() throws(APIError) -> String {
        guard let topic = path["topic"], Topic.all.contains(topic) else {
            throw .notFound("There is no such topic; there are \(Topic.all.joined(separator: ", ")).")
        }
        return topic
    }
}

extension StoredRecord {
    /// Writes where the record stands and what it holds; a value that is not JSON, as Base64.
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("partition", partition.name)
        writer.field("offset", Int64(clamping: offset))
        writer.field("time", Timestamp(microseconds: record.timestamp))
        writer.field("key", String(decoding: record.key, as: UTF8.self))
        if !record.headers.isEmpty { writeHeaders(to: &writer) }
        if let json = try? JSONDocument(record.value, limits: JSONLimits(depth: 256, nodes: 16_000_000)) {
            writer.field("value", json.root)
        } else {
            writer.field("base64", Base64.encode(record.value))
        }
        writer.endObject()
    }

    private func writeHeaders(to writer: inout JSONWriter) {
        writer.objects("headers", of: record.headers) { header, writer in
            writer.field("name", header.name)
            writer.field("value", String(decoding: header.value, as: UTF8.self))
        }
    }
}

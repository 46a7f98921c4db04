import Events
import MessageLog
import ServiceKit
import TestKit
import Testing
import Topics

@testable import ProfileService

@Suite("What is measured of the log")
struct LogMetricsTests {
    private let log = InMemoryLog(producer: "ingest")
    private let partition = Partition(topic: Topic.events, name: "ingest")

    private func measured(_ log: some MessageLog) async throws -> [Substring] {
        for topic in [Topic.events, Topic.changes] {
            _ = try await log.append([Record](repeating: Record(value: [1], timestamp: 0), count: 3), to: topic)
        }
        try await log.record(progress: [partition: 1], of: "profile", in: Topic.events)
        try await log.record(progress: [:], of: "notifier", in: Topic.changes)
        try await log.record(progress: [:], of: ChangesHold.consumer, in: Topic.events)
        let registry = PrometheusRegistry()
        try await LogMetrics(log: log).measure(into: registry)
        return registry.exposition().split(separator: "\n")
    }

    @Test("is how far each consumer is behind, but not what is noted for those who read changes")
    func consumers() async throws {
        let lines = try await measured(log)
        #expect(
            lines.filter { $0.hasPrefix("kith_profile_consumer_lag_records{") } == [
                #"kith_profile_consumer_lag_records{consumer="notifier",partition="ingest",topic="changes"} 3"#,
                #"kith_profile_consumer_lag_records{consumer="profile",partition="ingest",topic="events"} 2"#,
            ]
        )
        #expect(lines.filter { $0.hasPrefix("kith_profile_consumer_oldest_unread_seconds{") }.count == 2)
    }

    @Test("is how many copies there should be of a topic, and how many are missing")
    func replicas() async throws {
        let replicas = Replicas(wanted: 3, missing: 1)
        let lines = try await measured(DamagedLog(log: log, damaged: Topic.changes, replicas: replicas))
        for line in [
            #"kith_profile_log_replicas{topic="changes"} 3"#, #"kith_profile_log_replicas_missing{topic="changes"} 1"#,
            #"kith_profile_log_replicas{topic="events"} 1"#, #"kith_profile_log_replicas_missing{topic="events"} 0"#,
        ] { #expect(lines.contains(Substring(line)), "\(line)") }
    }

    @Test("is told of everybody else when the place of one consumer cannot be read")
    func damage() async throws {
        let lines = try await measured(DamagedLog(log: log, damaged: Topic.changes))
        #expect(lines.filter { $0.hasPrefix("kith_profile_consumer_lag_records{") }.count == 2)
        let ages = lines.filter { $0.hasPrefix("kith_profile_consumer_oldest_unread_seconds{") }
        #expect(ages.count == 1 && ages.allSatisfy { $0.contains(#"consumer="profile""#) })
    }
}

/// A log of which one topic cannot be read, and may lack copies.
private struct DamagedLog: WrappedLog {
    let log: InMemoryLog
    let damaged: String
    var replicas = Replicas(wanted: 1)

    func read(
        _ partition: Partition,
        from offset: Offset,
        maxRecords: Int,
        maxBytes: Int
    ) async throws(MessageLogError) -> [StoredRecord] {
        guard partition.topic != damaged else { throw .corrupt(file: "1.segment", at: 0, reason: "A bit has flipped.") }
        return try await log.read(partition, from: offset, maxRecords: maxRecords, maxBytes: maxBytes)
    }

    func partitions(of topic: String) async throws(MessageLogError) -> [PartitionStatus] {
        try await log.partitions(of: topic).map { status in
            var status = status
            if topic == damaged { status.replicas = replicas }
            return status
        }
    }
}

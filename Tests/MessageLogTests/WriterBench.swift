import Testing

@testable import MessageLog

/// A server, and writers of one partition that know nothing of each other.
struct WriterBench {
    let servers: NATSServers
    let options: NATSLogOptions
    let jetStream: JetStream
    let progress: ConsumerProgress
    let alarm = FailureAlarm()
    let partition = Partition(topic: "events", name: "ingest")

    init(room: Int? = nil) async throws {
        servers = try await NATSServers(1, room: room)
        options = try #require(NATSLogOptions(address: servers.address))
        let connection = try await NATSConnection.connect(to: options.servers, name: "test", patience: .seconds(5))
        jetStream = JetStream(connection: connection, patience: .seconds(5))
        progress = ConsumerProgress(bucket: Bucket(jetStream: jetStream))
        try await Bucket(jetStream: jetStream).create(replicas: 1)
    }

    func writer() -> NATSLaneWriter {
        let streams = LaneStreams(names: NATSNames(partition: partition), jetStream: jetStream)
        return NATSLaneWriter(streams: streams, progress: progress, options: options, alarm: alarm, lease: nil)
    }

    func records(_ text: String) -> [Record] { [Record(value: Array(text.utf8), timestamp: 1)] }

    func close() async { await jetStream.connection.close() }
}

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
        options = try #require(servers.options)
        let connection = try await NATSConnection.connect(to: options.servers, name: "test", patience: .seconds(120))
        jetStream = JetStream(connection: connection, patience: .seconds(120), attempt: .seconds(60))
        progress = ConsumerProgress(bucket: Bucket(jetStream: jetStream))
        try await Bucket(jetStream: jetStream).create(replicas: 1)
    }

    /// A writer that is patient, unless it is to have less time, and its servers for each attempt.
    func writer(
        over other: JetStream? = nil,
        patience: Duration? = nil,
        attempt: Duration? = nil
    ) -> NATSLaneWriter {
        var (options, jetStream) = (options, other ?? jetStream)
        if let patience { options.patience = patience }
        if let attempt { jetStream.attempt = attempt }
        let streams = LaneStreams(names: NATSNames(partition: partition), jetStream: jetStream)
        return NATSLaneWriter(streams: streams, progress: progress, options: options, alarm: alarm, lease: nil)
    }

    func records(_ text: String) -> [Record] { [Record(value: Array(text.utf8), timestamp: 1)] }

    func close() async { await jetStream.connection.close() }
}

import CNATS

/// Publishes to a stream and reads it by an ordered consumer, with nothing but libnats; a message is an append's records.
struct BareNATS {
    private let address: String
    private let load: Load
    private let stream = "BARE_\(UInt32.random(in: 0 ... .max))"

    init(_ address: String, _ load: Load) {
        self.address = address
        self.load = load
    }

    struct Failure: Error, CustomStringConvertible {
        var status: natsStatus
        var description: String { String(cString: natsStatus_GetText(status)) }
    }

    func run() throws -> (append: Duration, read: Duration) {
        var connection: OpaquePointer?
        var subscription: OpaquePointer?
        // After the connection: as long as messages come, libnats may still look at it.
        defer { natsSubscription_Destroy(subscription) }
        let (servers, replicas) = split(address)
        var options: OpaquePointer?
        try check(natsOptions_Create(&options))
        try check(natsOptions_SetURL(options, servers))
        try check(natsConnection_Connect(&connection, options))
        defer { natsConnection_Destroy(connection) }
        var jetStream: OpaquePointer?
        var limits = jsOptions()
        try check(jsOptions_Init(&limits))
        limits.PublishAsync.MaxPending = Int64(load.atOnce)
        // Milliseconds. A disk that rests for a fifth of a second is no failure.
        limits.PublishAsync.StallWait = 60_000
        try check(natsConnection_JetStream(&jetStream, connection, &limits))
        defer { jsCtx_Destroy(jetStream) }
        try makeStream(replicas, jetStream)
        let append = try ContinuousClock().measure { try publish(jetStream) }
        let read = try ContinuousClock().measure { try self.read(jetStream, &subscription) }
        return (append, read)
    }

    private func makeStream(_ replicas: Int64, _ jetStream: OpaquePointer?) throws {
        var configuration = jsStreamConfig()
        try check(jsStreamConfig_Init(&configuration))
        try stream.withCString { name in
            var subjects: [UnsafePointer<CChar>?] = [name]
            try subjects.withUnsafeMutableBufferPointer { subjects in
                configuration.Name = name
                configuration.Subjects = subjects.baseAddress
                configuration.SubjectsLen = 1
                configuration.Storage = js_FileStorage
                configuration.Replicas = replicas
                try check(js_AddStream(nil, jetStream, &configuration, nil, nil))
            }
        }
    }

    private func publish(_ jetStream: OpaquePointer?) throws {
        let messages = (0..<min(load.appends, 64)).map { number in
            (0..<load.recordsPerAppend).flatMap { load.value(of: number * 1000 + $0) }
        }
        for number in 0..<load.appends {
            try messages[number % messages.count].withUnsafeBytes { bytes in
                let data = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
                try check(js_PublishAsync(jetStream, stream, data, Int32(bytes.count), nil))
            }
        }
        var options = jsPubOptions()
        try check(jsPubOptions_Init(&options))
        options.MaxWait = 60_000
        try check(js_PublishAsyncComplete(jetStream, &options))
    }

    private func read(_ jetStream: OpaquePointer?, _ subscription: inout OpaquePointer?) throws {
        var options = jsSubOptions()
        try check(jsSubOptions_Init(&options))
        options.Ordered = true
        try check(js_SubscribeSync(&subscription, jetStream, stream, nil, &options, nil))
        natsSubscription_SetPendingLimits(subscription, -1, -1)
        for _ in 0..<load.appends {
            var message: OpaquePointer?
            try check(natsSubscription_NextMsg(&message, subscription, 30_000))
            natsMsg_Destroy(message)
        }
    }

    /// The first server, and how many of them keep each message.
    private func split(_ address: String) -> (server: String, replicas: Int64) {
        let parts = address.split(separator: "?")
        let server = parts[0].split(separator: ",")[0]
        return (String(server), parts.count > 1 ? Int64(parts[1].drop { $0 != "=" }.dropFirst()) ?? 1 : 1)
    }

    private func check(_ status: natsStatus) throws {
        guard status == NATS_OK else { throw Failure(status: status) }
    }
}

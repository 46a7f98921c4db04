import Events
import HTTPTypes
import Hummingbird
import MessageLog
import NIOCore
import ServiceKit
import ServiceLifecycle

/// One event of a `text/event-stream`.
struct ServerSentEvent: Sendable {
    let name: String
    /// On one line, as JSON always can be.
    let json: [UInt8]

    /// Writes the event with the id that a client comes back with.
    func write(id: String, to buffer: inout ByteBuffer) {
        buffer.writeString("id: \(id)\nevent: \(name)\ndata: ")
        // A line break would end the field; outside of strings it means nothing in JSON, and inside it cannot stand.
        buffer.writeBytes(json.map { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") ? UInt8(ascii: " ") : $0 })
        buffer.writeString("\n\n")
    }
}

extension ProfileAPI {
    static let streamStart = QueryParameter(
        "from",
        .choice(["now", "start"], default: "now"),
        "Where to begin without a Last-Event-ID: with what comes from now on, or with the oldest record kept."
    )
    static let lastEventID = HeaderParameter(
        name: "Last-Event-ID",
        summary: "The id of the last event seen; the stream goes on behind it."
    )

    /// An answer that goes on until the client leaves, its key is revoked or the service stops.
    ///
    /// - The log is read only as fast as the client takes what it gets, so a slow one costs no memory.
    /// - A comment is sent when there was nothing to say for a while, so both sides notice a dead connection.
    /// - It begins with the id of where it begins, and each comment has one, so a client also comes back to the right place
    ///   when it has seen no event.
    func eventStream(
        of feed: TopicFeed,
        for call: Call,
        render: @escaping @Sendable (StoredRecord) async throws -> ServerSentEvent?
    ) -> Response {
        let (heartbeat, isWelcome) = (limits.heartbeat, self.isWelcome(call))
        let body = ResponseBody { writer in
            try await writer.write(Self.comment(" kith", at: feed.positions))
            try await Self.pump(feed, heartbeat: heartbeat, while: isWelcome, into: &writer, render: render)
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: "text/event-stream"], body: body)
    }

    private static func pump(
        _ feed: TopicFeed,
        heartbeat: Duration,
        while isWelcome: @Sendable () -> Bool,
        into writer: inout any ResponseBodyWriter,
        render: @Sendable (StoredRecord) async throws -> ServerSentEvent?
    ) async throws {
        var feed = feed
        let (ticks, source) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            let news = feed.news
            group.addTask {
                for await _ in news { source.yield() }
                source.finish()
            }
            group.addTask {
                while true {
                    try await Task.sleep(for: heartbeat)
                    source.yield()
                }
            }
            for await _ in ticks.cancelOnGracefulShutdown() {
                let goesOn = try await drain(
                    &feed,
                    heartbeat: heartbeat,
                    while: isWelcome,
                    into: &writer,
                    render: render
                )
                guard goesOn else { break }
            }
        }
    }

    /// Sends all there is, or, when there is nothing, a comment; and says whether the stream goes on.
    private static func drain(
        _ feed: inout TopicFeed,
        heartbeat: Duration,
        while isWelcome: @Sendable () -> Bool,
        into writer: inout any ResponseBodyWriter,
        render: @Sendable (StoredRecord) async throws -> ServerSentEvent?
    ) async throws -> Bool {
        var isQuiet = true
        var lastWrite = ContinuousClock.now
        while true {
            var positions = feed.positions
            let batch = try await feed.next()
            // Asked behind the reading: what came once the key was revoked is not told.
            guard isWelcome() else { return false }
            guard !batch.records.isEmpty else {
                if isQuiet { try await writer.write(comment("", at: feed.positions)) }
                return true
            }
            var buffer = ByteBuffer()
            if batch.missed > 0 { buffer.writeString("event: gap\ndata: {\"missed\":\(batch.missed)}\n\n") }
            for record in batch.records {
                positions[record.partition.name] = record.offset + 1
                try await render(record)?.write(id: positions.description, to: &buffer)
            }
            if buffer.readableBytes > 0 {
                isQuiet = false
            } else if ContinuousClock.now - lastWrite >= heartbeat {
                // Of very many records none may be for the client, who comes back to where this is, should the connection break.
                buffer = comment("", at: feed.positions)
            } else {
                continue
            }
            try await writer.write(buffer)
            lastWrite = .now
        }
    }

    /// What is no event, and yet tells a client where it is; an id that is empty would have it forget that.
    private static func comment(_ text: String, at positions: Positions) -> ByteBuffer {
        let id = positions.offsets.isEmpty ? "" : "id: \(positions)\n"
        return ByteBuffer(string: "\(id):\(text)\n\n")
    }
}

extension Endpoint.Answer {
    static func eventStream(_ summary: String) -> Endpoint.Answer {
        Endpoint.Answer(contentType: "text/event-stream", schema: "EventStream", summary: summary)
    }
}

extension ProfileAPI {
    /// The records of a topic from where a stream is to begin.
    func streamFeed(of topic: String, for call: Call) async throws -> TopicFeed {
        let feed = try await TopicFeed(log: log, topic: topic, start: try call.streamStart())
        guard try await !feed.isAhead(patience: limits.heartbeat) else {
            throw APIError.badRequest(
                "invalid_last_event_id",
                "The Last-Event-ID is beyond the newest record: the log has gone back, or is another. Begin without it."
            )
        }
        return feed
    }
}

extension Call {
    /// Where a stream begins: behind the event that the client saw last, or where it asks.
    func streamStart() throws(APIError) -> StreamStart {
        if let id = request.headers[.literal("Last-Event-ID")], !id.isEmpty {
            guard let positions = Positions(id) else {
                throw .badRequest("invalid_last_event_id", "The Last-Event-ID is not one that this stream gave.")
            }
            return .after(positions)
        }
        return query.text("from") == "start" ? .first : .head
    }
}

/// Makes a partition's streams if there are none, and puts a fence at its end.
struct LaneTakeover {
    let streams: LaneStreams
    let progress: ConsumerProgress
    let options: NATSLogOptions
    let token: UInt64
    /// The right to do it.
    let lease: ProducerLease?

    /// Does it, and says where the fence stands.
    ///
    /// Nothing that an earlier writer has sent and that is not stored by now ever will be.
    func run() async throws(MessageLogError) -> NATSLaneWriter.Position {
        try await streams.translated { () async throws(JetStreamError) in
            let names = streams.names
            try await streams.jetStream.create(names.configuration(replicas: options.replicas))
            try await streams.jetStream.create(names.rewrittenConfiguration(replicas: options.replicas))
        }
        let position = try await fenced()
        try await check(position)
        streams.announce()
        return position
    }

    /// Refuses a partition of which consumers have read more than there is: the servers have lost what they acknowledged.
    private func check(_ position: NATSLaneWriter.Position) async throws(MessageLogError) {
        let partition = streams.names.partition
        let read = try await progress.consumers(of: partition.topic).compactMap { $0.positions[partition] }.max() ?? 0
        guard read <= position.head else {
            throw .lostTail(file: streams.names.stream, mark: read, found: position.head)
        }
    }

    private func fenced() async throws(MessageLogError) -> NATSLaneWriter.Position {
        let limit = ContinuousClock.now + options.patience
        while true {
            let tail = try await streams.tail()
            if let tail, tail.message.writer == token { return .init(tail.message, at: tail.sequence) }
            // Whoever was stalled meanwhile would otherwise take it from its successor; who comes now changes the end that was read.
            try await lease?.check()
            var fence = fence(after: tail?.message)
            fence.finish()
            if let position = await put(fence, after: tail?.sequence ?? 0) { return position }
            guard ContinuousClock.now < limit else {
                throw .unavailable(
                    reason: "The NATS servers did not let \(streams.names.partition) be taken over in time."
                )
            }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    private func put(_ fence: LaneMessage, after sequence: UInt64) async -> NATSLaneWriter.Position? {
        let published = await streams.jetStream.publish(
            fence.bytes,
            to: streams.names.subject,
            after: .last(sequence)
        )
        guard case .stored(let place) = published, place == sequence + 1 else { return nil }
        return NATSLaneWriter.Position(fence, at: place)
    }

    private func fence(after last: LaneMessage?) -> LaneMessage {
        LaneMessage(
            epoch: last?.epoch ?? .random(),
            writer: token,
            base: last?.end ?? 0,
            lastSequence: last?.lastSequence ?? 0,
            written: WallClock.microseconds()
        )
    }
}

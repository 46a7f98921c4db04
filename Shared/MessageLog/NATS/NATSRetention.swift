/// Removes the oldest messages of a partition that exceed a policy and that nobody has still to read.
struct NATSRetention: Sendable {
    let streams: LaneStreams
    let reader: NATSLaneReader
    let marks: LowMarks

    /// - Parameter read: The offset that some consumer has still to read; nothing from there on is removed.
    func apply(_ policy: Retention, readUpTo read: Offset, now: Int64) async throws(MessageLogError) {
        guard let bounds = try await streams.bounds(low: try await marks.low(of: streams.names.partition), known: nil)
        else { return }
        let unread = try await reader.place(of: read).sequence
        // The last message says what the next one continues.
        let limit = min(unread, bounds.end.sequence - 1)
        let end = try await firstKept(
            policy,
            in: bounds.first.sequence..<max(limit, bounds.first.sequence),
            bounds,
            now
        )
        try await marks.raise(streams.names.partition, to: end)
        try await remove(before: end)
    }

    /// Removes what lies below the mark, which is set; what an earlier call left undone as well.
    private func remove(before end: UInt64) async throws(MessageLogError) {
        guard end > 1 else { return }
        try await streams.translated { () async throws(JetStreamError) in
            let (names, jetStream) = (streams.names, streams.jetStream)
            try await jetStream.purge(names.stream, before: end)
            let info = try await jetStream.info(names.rewrittenStream, subjects: names.rewrittenSubjects)
            for subject in (info?.state.subjects ?? [:]).keys {
                guard let sequence = NATSNames.sequence(rewrittenAs: subject), sequence < end else { continue }
                try await jetStream.purge(names.rewrittenStream, subject: subject)
            }
        }
    }

    /// The first of these messages that is neither too old nor too much.
    private func firstKept(
        _ policy: Retention,
        in range: Range<UInt64>,
        _ bounds: LaneBounds,
        _ now: Int64
    ) async throws(MessageLogError) -> UInt64 {
        let rewritten = try await streams.rewrittenInfo()?.state.bytes ?? 0
        var (sequence, bytes) = (range.lowerBound, bounds.info.state.bytes + rewritten)
        while sequence < range.upperBound {
            let chunk = sequence..<min(range.upperBound, sequence + 64)
            for message in try await streams.messages(chunk) {
                // Removed by another process meanwhile.
                guard let message else { return sequence }
                let isOld = policy.age.map { message.written < now - $0 } ?? false
                let isTooMuch = policy.bytes.map { bytes > $0 } ?? false
                guard isOld || isTooMuch else { return sequence }
                bytes -= streams.storedBytes(of: message, at: sequence)
                sequence += 1
            }
        }
        return sequence
    }
}

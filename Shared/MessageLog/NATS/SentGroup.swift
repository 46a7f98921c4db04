/// Appends that were sent together and are not answered yet.
struct SentGroup {
    let group: [Intake.Waiting]
    /// What each of them is told once the message is stored.
    let answers: [Appended]
    let message: LaneMessage
    /// What the message continues.
    let before: NATSLaneWriter.Position
    /// What became of the message; nil if it has no records, since all of them were stored before.
    private let published: Promise<Published>?

    /// Sends the appends in one message.
    init(
        _ group: [Intake.Waiting],
        in message: LaneMessage,
        behind before: NATSLaneWriter.Position,
        to streams: LaneStreams
    ) {
        var message = message
        message.reserve(group.reduce(0) { $0 + BatchHeader.length + $1.entry.payload.count })
        answers = group.map { message.add($0.entry) }
        self.group = group
        self.before = before
        guard message.count > 0 else {
            self.message = message
            published = nil
            return
        }
        // Large, and not to be copied.
        var flight = MessageFlight(consume message, after: before.sequence, in: streams)
        published = flight.send()
        self.message = flight.message
    }

    /// Where the stream ends once the message is stored.
    var end: NATSLaneWriter.Position {
        published == nil ? before : NATSLaneWriter.Position(message, at: before.sequence + 1)
    }

    /// What became of it, once that is known.
    var outcome: Outcome {
        get async {
            switch await published?.value {
            case nil, .stored(before.sequence + 1): .stored
            case .full: .full
            case .unexpected: .refused
            case .stored, .unknown: .unknown
            }
        }
    }

    enum Outcome {
        case stored
        /// There is no room.
        case full
        /// The message before it is not there.
        case refused
        case unknown
    }
}

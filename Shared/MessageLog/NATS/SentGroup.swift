/// Appends that were sent together and are not answered yet.
struct SentGroup {
    enum Outcome {
        case stored
        /// There is no room.
        case full
        /// The message before it is not there.
        case refused
        case unknown
    }

    /// Who still waits.
    private(set) var group: [Intake.Waiting]
    /// What each of them is told once the message is stored.
    let answers: [Appended]
    let message: LaneMessage
    /// When it was sent.
    let sent = ContinuousClock.now
    /// What the message continues.
    private let before: NATSLaneWriter.Position
    /// The id of the last message that was sent, with this group.
    private let lastID: String?
    /// What became of the message; nil if it has no records, since all of them were stored before.
    private let published: Promise<Published>?

    /// Sends the appends in one message.
    ///
    /// - Parameters:
    ///   - message: One without records, which continues the position.
    ///   - last: The one that was sent before and is not answered yet.
    init(
        _ group: [Intake.Waiting],
        in message: LaneMessage,
        at before: NATSLaneWriter.Position,
        behind last: SentGroup?,
        to streams: LaneStreams
    ) {
        var message = message
        message.reserve(group.reduce(0) { $0 + BatchHeader.length + $1.entry.payload.count })
        answers = group.map { message.add($0.entry) }
        self.group = group
        self.before = before
        guard message.count > 0 else {
            self.message = message
            (published, lastID) = (nil, last?.lastID)
            return
        }
        // Large, and not to be copied.
        var flight = MessageFlight(consume message, after: before.sequence, in: streams)
        published = flight.send(behind: last?.lastID)
        lastID = flight.id
        self.message = flight.message
    }

    /// The bytes of those who still wait.
    var bytes: Int { group.reduce(0) { $0 + $1.entry.payload.count } }

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

    /// Those who wait, who are no longer waiting now.
    mutating func dismiss() -> [Intake.Waiting] {
        defer { group = [] }
        return group
    }
}

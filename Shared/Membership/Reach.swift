/// How long a member has not reached the log, and what it is to do about its work.
///
/// The members lose the log, and reach it again, within moments of each other when it is the log that is away: nothing is to move
/// then. So it takes a while until one is said to be cut off, and as long until that is taken back; and one ends its terms only after
/// others have been there for it for a while.
struct Reach: Sendable {
    /// What a member is to do.
    enum Duty: Sendable, Equatable {
        /// What it does anyway: it reaches the log, or nobody does.
        case goOn
        /// To end its terms: others can do the work.
        case handOver
        /// To cut short what still has not ended.
        case cutShort
        /// To end, if something cannot even be cut short: others take up what a member has left that is gone.
        case end
    }

    /// How long nobody answers before that means something.
    static let doubt = Duration.seconds(5)
    /// How long others can do the work before a member hands it over.
    static let grace = Duration.seconds(5)

    private var lastAnswer: ContinuousClock.Instant
    /// When somebody answered again.
    private var recovery: ContinuousClock.Instant?
    /// Since when others can do what this member cannot.
    private var idleSince: ContinuousClock.Instant?

    init(at time: ContinuousClock.Instant) {
        lastAnswer = time
    }

    /// Takes in that the log answered.
    mutating func noteAnswer(at time: ContinuousClock.Instant) {
        if isSilent(at: time) { recovery = time }
        lastAnswer = time
    }

    /// Whether the others are to take the member for cut off.
    func isInDoubt(at time: ContinuousClock.Instant) -> Bool {
        if isSilent(at: time) { return true }
        guard let recovery else { return false }
        return time - recovery < Self.doubt
    }

    /// What the member is to do.
    ///
    /// - Parameter hasSuccessor: Whether another member is there that reaches the log.
    mutating func duty(hasSuccessor: Bool, at time: ContinuousClock.Instant) -> Duty {
        guard hasSuccessor, isSilent(at: time) else {
            idleSince = nil
            return .goOn
        }
        let since = idleSince ?? time
        idleSince = since
        let idle = time - since
        if idle < Self.grace { return .goOn }
        if idle < Self.grace * 2 { return .handOver }
        return idle < Self.grace * 5 ? .cutShort : .end
    }

    private func isSilent(at time: ContinuousClock.Instant) -> Bool { time - lastAnswer > Self.doubt }
}

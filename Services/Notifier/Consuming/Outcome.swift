import Topics

/// What a trigger led to.
enum Outcome: Sendable, Equatable {
    case command(Command)
    case deadLetter(DeadLetter)
    /// The person is forgotten meanwhile.
    case nothing
}

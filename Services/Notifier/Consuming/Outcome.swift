import Topics

/// What a trigger led to.
enum Outcome: Sendable, Equatable {
    case command(Command)
    case deadLetter(DeadLetter)
    /// The person is forgotten meanwhile, or the rule would answer itself.
    case nothing
}

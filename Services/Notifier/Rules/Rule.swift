import ServiceKit

/// One rule: when something happens to a person, send one message.
struct Rule: Sendable, Equatable {
    /// What a rule waits for.
    enum Trigger: Sendable, Equatable {
        /// A track event of this name.
        case event(String)
        /// The first event of a person who was not known before.
        case firstSeen
    }

    /// Unique; part of what makes a message be sent once, so renaming a rule lets it send again.
    var name: String
    var trigger: Trigger
    /// The name of the destination that delivers.
    var destination: String
    /// How long after the event the message is still of use.
    var notAfter: Period
    var message: MessageTemplate
    /// The line of the configuration file that the rule begins on.
    var line: Int
}

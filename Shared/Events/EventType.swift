/// The six calls of the Segment specification.
public enum EventType: String, Sendable, CaseIterable {
    /// Who somebody is, and what is known about them.
    case identify
    /// Something that somebody did.
    case track
    /// A page of a web site that somebody saw.
    case page
    /// A screen of an app that somebody saw.
    case screen
    /// The company or group that somebody belongs to.
    case group
    /// Two ids of one person.
    case alias
}

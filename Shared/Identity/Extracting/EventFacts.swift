public import Events

/// What one event says about identities: whom it names, what joins them, and which traits it tells.
public struct EventFacts: Sendable {
    /// Joins two identifiers of the event, given by their places in ``EventFacts/identifiers``.
    public struct Link: Sendable, Equatable {
        /// One of the two identifiers.
        public var left: Int
        /// The other one.
        public var right: Int
        /// How much it weighs.
        public var strength: Strength
        /// What it means for a device, if one of the two is one.
        public var device: DeviceMeaning

        /// A link of its parts.
        public init(left: Int, right: Int, strength: Strength, device: DeviceMeaning = .none) {
            self.left = left
            self.right = right
            self.strength = strength
            self.device = device
        }
    }

    /// What a link means for a device.
    public enum DeviceMeaning: Sendable, Equatable {
        /// There is no device in it.
        case none
        /// The left one is logged in on the right one, from the event's time on.
        case login
        /// They are whose turn it is on the device at the event's time.
        case inTurn
    }

    /// The value of a trait.
    public struct Observation: Sendable {
        /// The trait's name.
        public var trait: String
        /// The value as JSON; null clears what was seen before.
        public var value: String
        /// Only holds while nothing else was ever seen: of several such values the first counts.
        public var isInitial: Bool
    }

    /// Whom the event names, each once, the strongest first.
    ///
    /// The event is anchored to the first that is not shared. Its traits are observed on the very first, the strongest
    /// there is, shared or not: identifiers that belong to one person stand before addresses and devices, so that a
    /// family's address does not mix its members' names; and since this does not look at what is shared, a trait's place
    /// never depends on which event came first.
    public var identifiers: [Identifier] = []
    /// What joins them: the strongest with each of the others, and what an alias says.
    public var links: [Link] = []
    /// The trait values that the event tells.
    public var observations: [Observation] = []
    /// Those of the identifiers, by their places, on which the event ends the login.
    public var signedOut: [Int] = []
    /// Whether the first identifier is a device: then what the event tells is of whose turn it is.
    public var isOfDevice = false
}

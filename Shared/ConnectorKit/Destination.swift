public import Events
public import Topics

/// Delivers commands to an outside system.
///
/// The same command may be delivered again when it is not known how the last attempt ended, unless it must not be done twice; a
/// destination passes the command's id on in whatever way lets the other side recognize it.
public protocol Destination: Sendable {
    /// Attempts the delivery once, within bounded time.
    func deliver(_ command: Command) async -> DeliveryOutcome

    /// Whether a command may be carried out again when it is not known whether it was.
    func isRepeatable(_ command: Command) -> Bool
}

extension Destination {
    /// It may: the other side tells a copy by the command's id.
    public func isRepeatable(_ command: Command) -> Bool { true }
}

/// A destination that is written in Swift.
public protocol NativeDestination: Destination {
    /// Its type in the configuration, such as `smtp`.
    static var type: String { get }
    /// One sentence for a list of connectors.
    static var summary: String { get }
    /// Every setting it knows, besides those of ``DeliverySettings``.
    static var settings: [SettingField] { get }

    /// Creates the destination from its checked settings.
    init(name: String, settings: Settings) throws(SettingsError)
}

/// How one attempt to deliver ended.
public enum DeliveryOutcome: Equatable, Sendable {
    /// The outside system has it; the detail says what it answered, the links by which identifiers it knows the person.
    case delivered(detail: String, links: [Identifier] = [])
    /// Not this time; the outside system may have said when to come back.
    case retry(after: Duration?, reason: String)
    /// The outside system was not asked, since it wants to be left alone for so long: that was no attempt.
    case putOff(for: Duration, reason: String)
    /// Never.
    case rejected(reason: String)

    /// Why a command is given up of which nobody knows whether it was carried out, and which must not be carried out twice.
    public static func reason(ofUncertain problem: String) -> String {
        "Whether it was done is not known, and it must not be done twice. \(problem)"
    }
}

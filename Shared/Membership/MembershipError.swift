/// Why a process can no longer work in its group.
public enum MembershipError: Error, Equatable, CustomStringConvertible {
    /// The others took it for dead, or another process of its name has begun.
    case expelled(member: String)

    /// One sentence that says what is wrong.
    public var description: String {
        switch self {
        case .expelled(let member):
            "The group went on without “\(member)”, which was not heard of for too long: it must be started again."
        }
    }
}

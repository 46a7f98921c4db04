/// Why a process can no longer work in its group.
public enum MembershipError: Error, Equatable, CustomStringConvertible {
    /// The others took it for dead, or another process of its name has begun.
    case expelled(member: String)
    /// It does not reach the log, which others do, and cannot end what it is at: they are to take that up.
    case cutOff(member: String)

    /// One sentence that says what is wrong.
    public var description: String {
        switch self {
        case .expelled(let member):
            "The group went on without “\(member)”, which was not heard of for too long: it must be started again."
        case .cutOff(let member):
            "“\(member)” does not reach the log, and leaves its work to the group: it must be started again."
        }
    }
}

/// Why a process can no longer work in its group.
public enum MembershipError: Error, Equatable, CustomStringConvertible {
    /// The others took it for dead, or another process of its name has begun.
    case expelled(member: String)
    /// It does not reach the log, which others do, and cannot end what it is at: they are to take that up.
    case cutOff(member: String)
    /// Its log is not the one that the store was made with.
    case otherLog(store: String)

    /// One sentence that says what is wrong.
    public var description: String {
        switch self {
        case .expelled(let member):
            """
            The group went on without “\(member)”, which was not heard of for too long or has a name that another process \
            has as well: it must be started again, under a name of its own.
            """
        case .cutOff(let member):
            "“\(member)” does not reach the log, and leaves its work to the group: it must be started again."
        case .otherLog(let store):
            """
            The store \(store) was made with another log than this one: KITH_LOG and the store (KITH_STORE, or the files \
            in the data directory) must be of one installation, and restored from backups of one time. A new log begins \
            with new stores.
            """
        }
    }
}

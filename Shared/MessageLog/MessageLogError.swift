import Glibc

/// Why the log could not do what it was asked.
public enum MessageLogError: Error, Equatable, Sendable {
    /// Too much is waiting to be written; try again a little later.
    case overloaded(pendingBytes: Int)
    /// The storage is full. Nothing of the append was kept, or of the segment to be rewritten; later there may be room.
    case full
    /// The servers that keep the log did not answer in time. Whether an append was stored is not known; made again with
    /// the same sequence it is stored once.
    case unavailable(reason: String)
    /// The servers that keep the log are not set up for it.
    case unsuitable(reason: String)
    /// A record, or the records of one append together, exceed what the log accepts.
    case recordTooLarge(bytes: Int, limit: Int)
    /// The storage failed to make an append durable. The log takes no more until it is opened anew.
    case syncFailed(errno: Int32)
    /// What was stored is damaged.
    case corrupt(file: String, at: Int, reason: String)
    /// Records that were acknowledged (below `mark`) are gone; the log has them only below `found`.
    case lostTail(file: String, mark: Offset, found: Offset)
    /// Another process (`by`, if known) writes this partition.
    case locked(file: String, by: Int32?)
    /// There is no such partition.
    case noSuchPartition(Partition)
    /// The offset was removed by retention; `first` is the oldest still stored.
    case offsetGone(first: Offset)
    /// The offset was never written; `head` is the next to be.
    case offsetAhead(head: Offset)
    /// A topic, producer or consumer may not be called this.
    case invalidName(String)
    /// The log was opened without a producer and can only be read.
    case readOnly
    /// The log was closed. If it was while an append waited for servers, it is not known whether that one was stored.
    case closed
    /// The task was cancelled before the work was done; what was done by then stays.
    case cancelled
    /// The operating system refused an operation.
    case io(operation: String, file: String, errno: Int32)
}

extension MessageLogError: CustomStringConvertible {
    /// What is wrong, and what to do where somebody must do something.
    public var description: String {
        switch self {
        case .overloaded(let bytes): "\(bytes) bytes are waiting to be written; try again later."
        case .full: "The storage is full; nothing was written."
        case .unavailable(let reason): "The log cannot be reached; try again later. \(reason)"
        case .unsuitable(let reason): "The log cannot be kept by these servers. \(reason)"
        case .recordTooLarge(let bytes, let limit): "The append has \(bytes) bytes; this log accepts at most \(limit)."
        case .syncFailed(let code):
            """
            The storage could not make an append durable (\(Self.words(for: code))); stop the process and check the disk.
            """
        case .corrupt(let file, let position, let reason): "\(file) is damaged at byte \(position): \(reason)"
        case .lostTail(let file, let mark, let found):
            """
            \(file): records were acknowledged up to offset \(mark) but only those up to \(found) are there. Restore the \
            partition (its directory, or its streams of NATS) from a backup, or remove it to begin a new one; nothing was changed.
            """
        case .locked(let file, let owner):
            """
            \(file) is held by \(owner.map { "process \($0)" } ?? "another process"), which writes this partition. Stop that one, or \
            give this one a name of its own (--instance).
            """
        case .noSuchPartition(let partition): "There is no partition “\(partition)”."
        case .offsetGone(let first): "The offset was removed; the oldest one stored is \(first)."
        case .offsetAhead(let head): "The offset was never written; the next one will be \(head)."
        case .invalidName(let name):
            "“\(name)” is not a name: 1 to 64 lower-case letters, digits, “-” and “_”, beginning with a letter or digit."
        case .readOnly: "The log was opened without a producer's name and can only be read."
        case .closed: "The log is closed."
        case .cancelled: "The task was cancelled; do it again to finish."
        case .io(let operation, let file, let code): "\(operation) failed on \(file): \(Self.words(for: code))."
        }
    }
}

extension MessageLogError {
    /// What the system calls its error.
    private static func words(for errno: Int32) -> String { String(cString: strerror(errno)) }

    /// Whether the same may succeed later.
    public var isPassing: Bool {
        switch self {
        case .full, .overloaded, .unavailable: true
        default: false
        }
    }
}

public import Logging
public import MessageLog
import Synchronization

/// Says that the log or a store takes nothing: at once, then once a minute while it lasts, and once when it is over.
///
/// It may be told as often as the work is tried again. For want of room somebody must do something, so that is an error.
public final class WaitNotice: Sendable {
    /// What takes nothing.
    public enum Subject: String, Sendable {
        /// The message log.
        case log
        /// The service's own store.
        case store
    }

    private static let pause = Duration.seconds(60)

    private let subject: Subject
    private let directory: String?
    private let lastSaid = Mutex<ContinuousClock.Instant?>(nil)
    /// Whether it was said, and not yet that it is over; read without a lock, since mostly nothing waits.
    private let isSaid = Atomic(false)

    /// A notice that has nothing to say yet.
    ///
    /// - Parameter directory: Where the subject lies; `nil` if not on this machine.
    public init(_ subject: Subject, in directory: String? = nil) {
        self.subject = subject
        self.directory = directory
    }

    /// Takes in that the subject takes nothing.
    ///
    /// - Parameter isFull: Whether that is for want of room.
    public func waits(
        because reason: String,
        isFull: Bool,
        logger: Logger = .current,
        at now: ContinuousClock.Instant = .now
    ) {
        let isDue = lastSaid.withLock { last in
            if let last, now - last < Self.pause { return false }
            last = now
            return true
        }
        guard isDue else { return }
        isSaid.store(true, ordering: .relaxed)
        var metadata: Logger.Metadata = ["error": "\(reason)"]
        if let directory { metadata["\(subject.rawValue).directory"] = "\(directory)" }
        if isFull {
            logger.error("The \(subject.rawValue) has no room; make some, and it goes on by itself", metadata: metadata)
        } else {
            logger.warning("The \(subject.rawValue) takes nothing now; waiting", metadata: metadata)
        }
    }

    /// Takes in why the log takes nothing.
    public func waits(
        because error: MessageLogError,
        logger: Logger = .current,
        at now: ContinuousClock.Instant = .now
    ) {
        waits(because: error.description, isFull: error == .full, logger: logger, at: now)
    }

    /// Takes in that the subject takes everything again; costs nothing while nothing waited.
    public func goesOn(logger: @autoclosure () -> Logger = .current) {
        guard isSaid.load(ordering: .relaxed), isSaid.exchange(false, ordering: .relaxed) else { return }
        logger().notice("The \(subject.rawValue) takes everything again")
    }
}

extension ServiceProcess {
    /// A notice of waits for the log, and of where it lies.
    public func logNotice() -> WaitNotice {
        guard case .directory(let path)? = try? options.logLocation else { return WaitNotice(.log) }
        return WaitNotice(.log, in: path)
    }
}

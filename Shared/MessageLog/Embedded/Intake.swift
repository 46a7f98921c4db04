import Synchronization

/// The appends that wait for the disk: filled by callers on any thread, emptied in groups by the lane's writer.
///
/// Room is reserved before an append is encoded, so that the memory of all that wait stays bounded.
final class Intake: Sendable {
    /// An append and the caller who waits for it.
    struct Waiting: Sendable {
        var entry: EncodedAppend
        var caller: CheckedContinuation<Result<Appended, MessageLogError>, Never>
    }

    /// Whether a caller may reserve.
    enum Admission: Sendable, Equatable {
        case admitted
        case notOpen
        case refused(MessageLogError)
    }

    enum State: Sendable {
        case fresh
        case open
        case ended(MessageLogError)
    }

    struct Queue: Sendable {
        var state = State.fresh
        var waiting: [Waiting] = []
        var reserved = 0
        var isScheduled = false
    }

    private let queue = Mutex(Queue())
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    /// Takes room for `bytes`, if the lane is open and there is some.
    func reserve(_ bytes: Int) -> Admission {
        queue.withLock { queue in
            switch queue.state {
            case .fresh: return .notOpen
            case .ended(let error): return .refused(error)
            case .open: break
            }
            guard queue.reserved == 0 || queue.reserved + bytes <= limit else {
                return .refused(.overloaded(pendingBytes: queue.reserved))
            }
            queue.reserved += bytes
            return .admitted
        }
    }

    /// Adds an append for which room was reserved; true if the writer must be woken for it.
    func offer(_ waiting: Waiting) -> Bool {
        let answer: Result<Bool, MessageLogError> = queue.withLock { queue in
            if case .ended(let error) = queue.state { return .failure(error) }
            queue.waiting.append(waiting)
            defer { queue.isScheduled = true }
            return .success(!queue.isScheduled)
        }
        switch answer {
        case .success(let mustWake): return mustWake
        case .failure(let error):
            waiting.caller.resume(returning: .failure(error))
            return false
        }
    }

    /// The next appends to write together; empty means that the writer may rest until it is woken.
    func take(_ bytes: Int) -> [Waiting] {
        queue.withLock { queue in
            let group = queue.nextGroup(bytes)
            if group.isEmpty { queue.isScheduled = false }
            return group
        }
    }

    /// Gives back the room of appends that were answered.
    func release(_ bytes: Int) {
        queue.withLock { $0.reserved -= bytes }
    }

    /// Lets callers in.
    func open() {
        queue.withLock { queue in
            if case .fresh = queue.state { queue.state = .open }
        }
    }

    /// Refuses everybody from now on, and answers those who wait unless they are to be written still.
    func end(_ error: MessageLogError, finishingWaiting: Bool) {
        queue.withLock { queue in
            if case .ended = queue.state {} else { queue.state = .ended(error) }
        }
        if !finishingWaiting { dismissWaiting(error) }
    }

    /// Answers those who wait, and lets others in as before.
    func dismissWaiting(_ error: MessageLogError) {
        let dismissed = queue.withLock { queue in
            let dismissed = queue.nextGroup(.max)
            queue.reserved -= dismissed.reduce(0) { $0 + $1.entry.payload.count }
            return dismissed
        }
        for waiting in dismissed { waiting.caller.resume(returning: .failure(error)) }
    }
}

extension Intake.Queue {
    /// Removes the first appends that fit, and at least one.
    mutating func nextGroup(_ bytes: Int) -> [Intake.Waiting] {
        var size = 0
        let end = waiting.firstIndex { item in
            defer { size += item.entry.payload.count }
            return size > 0 && size + item.entry.payload.count > bytes
        }
        defer { waiting.removeFirst(end ?? waiting.count) }
        return Array(waiting[..<(end ?? waiting.count)])
    }
}

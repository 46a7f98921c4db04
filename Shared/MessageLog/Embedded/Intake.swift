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

    /// Leaves an append of at most so many bytes for the writer, and waits for its answer.
    ///
    /// - Parameters:
    ///   - wake: Called when the writer rests.
    ///   - open: Lets callers in, the first time.
    func append(
        _ records: [Record],
        sequence: UInt64?,
        limit bytes: Int,
        wake: () -> Void,
        open: () async throws(MessageLogError) -> Void
    ) async throws(MessageLogError) -> Appended {
        let size = EncodedAppend.size(of: records)
        guard size <= bytes else { throw .recordTooLarge(bytes: size, limit: bytes) }
        try await admit(size, open)
        let entry = EncodedAppend(records, size: size, sequence: sequence)
        let result = await withCheckedContinuation { caller in
            if offer(Waiting(entry: entry, caller: caller)) { wake() }
        }
        return try result.get()
    }

    private func admit(
        _ bytes: Int,
        _ open: () async throws(MessageLogError) -> Void
    ) async throws(MessageLogError) {
        while true {
            switch reserve(bytes) {
            case .admitted: return
            case .refused(let error): throw error
            case .notOpen: try await open()
            }
        }
    }

    /// The bytes of all who wait, and of those who are about to.
    var pendingBytes: Int { queue.withLock { $0.reserved } }

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

    /// Gives back room that was reserved.
    func release(_ bytes: Int) {
        queue.withLock { $0.reserved -= bytes }
    }

    /// Answers appends that were taken, and gives back their room.
    func answer(_ group: [Waiting], _ result: Result<[Appended], MessageLogError>) {
        release(group.reduce(0) { $0 + $1.entry.payload.count })
        for (index, waiting) in group.enumerated() { waiting.caller.resume(returning: result.map { $0[index] }) }
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
        answer(queue.withLock { $0.nextGroup(.max) }, .failure(error))
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

import Synchronization

/// The right of one process to append as a producer, as a key of the bucket that its holder renews.
///
/// It keeps a second process of the same name from starting. What keeps one that was taken for dead from appending is the
/// fence at each partition's end; see ``LaneMessage``.
final class ProducerLease: Sendable {
    private struct Note: Codable, Sendable {
        var holder: ProcessIdentity
        /// Tells one opening of the log from another of the same process.
        var token: UInt64
    }

    private let bucket: Bucket
    private let key: String
    private let duration: Duration
    private let note = Note(holder: .current, token: .random(in: .min ... .max))
    private let alarm: FailureAlarm
    private let revision = Mutex<UInt64>(0)
    private let renewal = Mutex<Task<Void, Never>?>(nil)

    init(of producer: String, in bucket: Bucket, lasting duration: Duration, alarm: FailureAlarm) {
        self.bucket = bucket
        self.duration = duration
        self.alarm = alarm
        key = "lease.\(producer)"
    }

    /// Takes the lease; waits to see whether a holder renews it, and throws if it does, or if the servers do not store it in time.
    ///
    /// - Parameter isDue: Whether it is known that the holder is to have it no longer; then nothing is waited for.
    func acquire(isDue: Bool = false) async throws(MessageLogError) {
        var limit: ContinuousClock.Instant?
        while true {
            let entry = try await bucket.entry(key, as: Note.self)
            if !isDue, let other = entry.value, other.token != note.token, !other.holder.hasEnded {
                try await outlive(other, entry.revision)
            }
            switch try await bucket.set(key, to: note, after: entry.revision) {
            case .stored(let new):
                revision.withLock { $0 = new }
                return renew()
            case .full: throw .full
            case .unexpected: break
            case .unknown(let reason):
                let end = limit ?? ContinuousClock.now + bucket.jetStream.patience
                guard ContinuousClock.now < end else { throw .unavailable(reason: reason) }
                limit = end
            }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Throws if another opening of the log has it.
    func check() async throws(MessageLogError) {
        guard let other = try await bucket.entry(key, as: Note.self).value, other.token != note.token else { return }
        throw .locked(file: "\(Bucket.stream) \(key)", by: nil)
    }

    /// Lets others have it.
    func release() async {
        renewal.withLock { $0 }?.cancel()
        await renewal.withLock { $0 }?.value
        let last = revision.withLock { $0 }
        if last > 0 { await bucket.remove(key, after: last) }
    }

    /// Returns when the holder has not renewed the lease for as long as it lasts; throws when it does renew it.
    private func outlive(_ other: Note, _ before: UInt64) async throws(MessageLogError) {
        let limit = ContinuousClock.now + duration
        while ContinuousClock.now < limit {
            do { try await Task.sleep(for: duration / 20) } catch { throw .cancelled }
            let entry = try await bucket.entry(key, as: Note.self)
            guard entry.revision != before else { continue }
            guard entry.value != nil else { return }
            let isHere = other.holder.host == note.holder.host
            throw .locked(file: "\(Bucket.stream) \(key)", by: isHere ? other.holder.number : nil)
        }
    }

    private func renew() {
        let task = Task { [weak self, pause = duration / 4] in
            while (try? await Task.sleep(for: pause)) != nil {
                guard let self, await self.isRenewed() else { return }
            }
        }
        renewal.withLock { $0 = task }
    }

    /// Renews the lease; false, and the alarm is raised, if another process has it.
    ///
    /// While no server answers, nothing is lost: no one else can have it either.
    private func isRenewed() async -> Bool {
        let last = revision.withLock { $0 }
        guard let published = try? await bucket.set(key, to: note, after: last) else { return true }
        if case .stored(let new) = published {
            revision.withLock { $0 = new }
            return true
        }
        guard case .unexpected = published, let entry = try? await bucket.entry(key, as: Note.self) else { return true }
        if entry.value == nil || entry.value?.token == note.token {
            revision.withLock { $0 = entry.revision }
            return true
        }
        alarm.raise(.locked(file: "\(Bucket.stream) \(key)", by: nil))
        return false
    }
}

public import Events
import Identity
public import MessageLog
public import ServiceLifecycle
import Synchronization
public import Topics

/// What people decided, as topic `control` tells it, kept up to date.
public final class ControlFollower: Service {
    private struct State {
        var book = ControlBook()
        /// Everybody who is suppressed now.
        var people = ForgottenPeople([])
        var listeners: [Int: AsyncStream<Void>.Continuation] = [:]
        var lastListener = 0

        mutating func noteSuppressions() {
            people = ForgottenPeople(book.suppressions.compactMap { book.erasures[$0.id] })
        }
    }

    /// Whether everything has been read that was there at the start, and whether anybody is suppressed.
    private enum Phase: UInt8, AtomicRepresentable {
        case reading
        case nobodySuppressed
        case somebodySuppressed
    }

    private let state = Mutex(State())
    private let phase = Atomic(Phase.reading)
    private let log: any MessageLog
    let key: SuppressionKey
    private let readiness: Readiness

    /// A follower that knows nothing until it runs; the service is not ready before all decisions are read.
    public init(log: any MessageLog, key: SuppressionKey, readiness: Readiness) {
        self.log = log
        self.key = key
        self.readiness = readiness
        readiness.set("control", false)
    }

    /// What holds as far as it is known.
    public var book: ControlBook { state.withLock { $0.book } }

    /// Whether anybody is suppressed, or may be because not all is read yet; costs next to nothing.
    public var hasSuppressions: Bool { phase.load(ordering: .acquiring) != .nobodySuppressed }

    /// Whether an identifier is that of somebody who is to be forgotten.
    public func isSuppressed(_ identifier: Identifier) -> Bool {
        guard hasSuppressions else { return false }
        let hash = key.hash(of: identifier)
        return state.withLock { $0.people.have(hash) }
    }

    /// Those who are to be forgotten, as they are known by the rules in effect.
    func suppressed(by rules: Rules) -> KnownPeople { state.withLock { $0.people }.known(by: rules, key: key) }

    /// Yields once at the start, and whenever what holds may have changed; news coalesce.
    public var news: AsyncStream<Void> {
        let (news, listener) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        listener.yield()
        let number = state.withLock { state in
            state.lastListener += 1
            state.listeners[state.lastListener] = listener
            return state.lastListener
        }
        listener.onTermination = { [weak self] _ in self?.forget(number) }
        return news
    }

    /// Returns once all that was decided before the start is known; at once from then on.
    public func isKnown() async {
        guard phase.load(ordering: .acquiring) == .reading else { return }
        for await _ in news where phase.load(ordering: .acquiring) != .reading { return }
    }

    /// Takes in what records of `control` say.
    public func apply(_ records: some Sequence<ControlRecord>) {
        state.withLock { state in
            for record in records { state.book.apply(record) }
            if records.contains(where: Self.mayChangeSuppressions) { state.noteSuppressions() }
        }
        if phase.load(ordering: .acquiring) != .reading { tell() }
    }

    /// Follows `control` until shutdown.
    public func run() async throws {
        // The ring of keys reads the same, and warns of what is not known.
        var cursor = ControlCursor(log: log)
        for await _ in log.news(of: [Topic.control]).cancelOnGracefulShutdown() {
            while let records = try await cursor.next() { apply(records) }
            tell()
            readiness.set("control", true)
        }
    }

    /// Most records are of other things, and there may be many hashes.
    private static func mayChangeSuppressions(_ record: ControlRecord) -> Bool {
        switch record {
        case .suppression, .forgotten, .withdrawal: true
        case .key, .keyRevoked, .audit, .decision, .correction, .erased, .retirement: false
        }
    }

    /// Says what phase it is now, and that there are news.
    private func tell() {
        let listeners = state.withLock { state in
            phase.store(state.people.isEmpty ? .nobodySuppressed : .somebodySuppressed, ordering: .releasing)
            return state.listeners.values
        }
        for listener in listeners { listener.yield() }
    }

    private func forget(_ listener: Int) {
        // Outside of the lock: a continuation that goes with it must not end in it.
        let gone = state.withLock { $0.listeners.removeValue(forKey: listener) }
        withExtendedLifetime(gone) {}
    }
}

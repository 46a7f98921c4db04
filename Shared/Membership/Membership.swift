import Dispatch
import Logging
public import ServiceLifecycle
public import Store
import Synchronization

/// One process's part in a group of processes that share a store and the work on it.
///
/// - Work that only one may do at a time has a *lease*, by any name; ``hold(_:_:)`` does it whenever this member has the lease.
/// - Members find out within a second who came, and after some six who died; leases then move by themselves.
/// - A member that does not reach the database for some seconds stops its work by itself, and goes on when nobody took its place
///   meanwhile. One that was expelled ends with ``MembershipError/expelled(member:)``.
/// - A member that does not reach the log for some ten seconds (``LogWatch``) gives its leases back when another does, and gets its
///   share again once it reaches it. One that cannot end what it is at ends with ``MembershipError/cutOff(member:)``.
/// - A process that has its store for itself is a group of its own: it holds all leases, and nothing is written of that.
public final class Membership: Service {
    /// What a lease is to this member.
    private enum Phase {
        case waiting
        case held(Term)
        /// To be given back with the next beat.
        case returned
    }

    private struct Claim {
        var phase = Phase.waiting
        var terms: AsyncStream<Term>.Continuation

        var isReturned: Bool { if case .returned = phase { true } else { false } }

        mutating func grant() {
            let term = Term()
            phase = .held(term)
            terms.yield(term)
        }
    }

    private struct State {
        var claims: [String: Claim] = [:]
        var standing = Standing()
        /// When the last beat began that succeeded.
        var lastBeat = ContinuousClock.now
        var pulse: AsyncStream<Void>.Continuation?
    }

    /// Sooner than others may take this member for dead.
    private var patience: Duration { .microseconds((table?.patience ?? MemberTable.usualPatience) * 4 / 5) }

    /// The name that marks this member's rows in the store; empty when it has the store for itself.
    public let member: String
    private let table: MemberTable?
    private let watch: LogWatch?
    private let state = Mutex(State())

    /// A group of one.
    public static var alone: Membership { Membership(nil) }

    init(_ table: MemberTable?, _ watch: LogWatch? = nil) {
        self.table = table
        self.watch = watch
        member = table?.member ?? ""
    }

    /// Enters a group; it must then beat, by ``run()`` or ``beating(_:)``, within seconds.
    ///
    /// - Parameters:
    ///   - group: As which a process may have left something before there were members; `nil` when that is of no concern.
    ///   - store: The store with the tables of ``MemberTable``, by connections that nothing else uses.
    ///   - watch: Says whether the member reaches the log; without it, it always does.
    public static func join(
        _ group: String?,
        as member: String,
        in store: any SQLStore,
        watching watch: LogWatch? = nil
    ) async throws -> Membership {
        Membership(try await MemberTable.join(member, in: group, of: store), watch)
    }

    /// The store as this member may write to it.
    public func fenced(_ store: any SQLStore) -> any SQLStore {
        table.map { MemberStore(store, of: $0) } ?? store
    }

    /// By what right this member writes a store of which only the holder of a lease is to.
    ///
    /// - Parameter schema: Where the members' tables are, in the same database.
    public func access(by lease: String, in schema: String) -> StoreAccess {
        guard let table else { return .alone }
        return .inTurn { db in try table.holds(lease, in: schema, db) }
    }

    // MARK: What is known

    /// Whether there may be others.
    public var isShared: Bool { table != nil }

    /// The members there are, as of the last beat.
    public var present: Int { isShared ? state.withLock { $0.standing.present.count } : 1 }

    /// The leases that this member holds.
    public var held: Set<String> {
        state.withLock { state in
            Set(state.claims.filter { if case .held = $0.value.phase { true } else { false } }.keys)
        }
    }

    /// Whether any member held a lease as of the last beat; not known of a group of one.
    public func isHeld(_ lease: String) -> Bool { state.withLock { $0.standing.holders[lease] != nil } }

    /// Those who once were members and are not now.
    public var absent: Set<String> { state.withLock { $0.standing.absent } }

    // MARK: Leases

    /// Does something whenever this member holds a lease, until that has ended by itself or the process is to stop.
    ///
    /// - Parameters:
    ///   - lease: Its name; one caller at a time.
    ///   - body: Is to return soon after its term is to end. When the lease is lost it is cancelled.
    public func hold(_ lease: String, _ body: @escaping @Sendable (Term) async throws -> Void) async throws {
        let terms = claim(lease)
        defer { drop(lease) }
        try await withGracefulShutdownHandler {
            for await term in terms {
                if try await term.serve(body) { return }
                giveBack(lease)
            }
        } onGracefulShutdown: {
            self.stop(lease)
        }
    }

    private func claim(_ lease: String) -> AsyncStream<Term> {
        let (terms, continuation) = AsyncStream<Term>.makeStream()
        state.withLock { state in
            state.claims[lease] = Claim(terms: continuation)
            if !isShared { state.claims[lease]?.grant() }
            state.pulse?.yield()
        }
        return terms
    }

    private func giveBack(_ lease: String) {
        state.withLock { state in
            state.claims[lease]?.phase = .returned
            state.pulse?.yield()
        }
    }

    /// Takes no more terms, and ends the one under way.
    private func stop(_ lease: String) {
        let claim = state.withLock { $0.claims[lease] }
        claim?.terms.finish()
        if case .held(let term)? = claim?.phase { term.end() }
    }

    private func drop(_ lease: String) {
        let claim = state.withLock { state in
            state.pulse?.yield()
            return state.claims.removeValue(forKey: lease)
        }
        claim?.terms.finish()
    }

    // MARK: Beating

    /// Stays a member until the process is to stop, and leaves then.
    public func run() async throws {
        guard let table else {
            try? await gracefulShutdown()
            return
        }
        do {
            try await cancelWhenGracefulShutdown { try await self.beat(table) }
        } catch {
            // Nobody watches any more how long ago the last beat was.
            loseAll()
            // What the shutdown has cut short is no failure.
            guard Task.isShuttingDownGracefully else { throw error }
        }
        guard !Task.isCancelled else { return }
        // What the others would find out by themselves in the end.
        try? await table.leave()
    }

    /// Stays a member while something is done that comes before ``run()``.
    public func beating<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        guard let table else { return try await body() }
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                try await self.beat(table)
                return nil
            }
            group.addTask { try await body() }
            defer { group.cancelAll() }
            while let value = try await group.next() { if let value { return value } }
            throw CancellationError()
        }
    }

    private func loseAll() {
        let held = state.withLock { state in
            state.claims.values.compactMap { claim -> Term? in
                if case .held(let term) = claim.phase { term } else { nil }
            }
        }
        for term in held { term.lose() }
    }

    /// Goes on until the task is cancelled.
    private func beat(_ table: MemberTable) async throws {
        let (pulses, pulse) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let (questions, question) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        state.withLock { state in
            state.pulse = pulse
            state.lastBeat = .now
        }
        pulse.yield()
        let executor = BeatExecutor()
        let timers = [
            executor.timer(every: 1000) { pulse.yield() },
            executor.timer(every: 250) { self.loseIfSilent() },
            executor.timer(every: 1000) { question.yield() },
        ]
        defer { for timer in timers { timer.cancel() } }
        // On a thread of its own, and not waited for in the end: a log that does not answer is not to keep it from beating.
        let asking = Task(executorPreference: BeatExecutor()) { [watch] in
            for await _ in questions { await watch?.ask() }
        }
        defer { asking.cancel() }
        try await withTaskExecutorPreference(executor) {
            for await _ in pulses { try await self.beatOnce(table) }
        }
    }

    private func beatOnce(_ table: MemberTable) async throws {
        let began = ContinuousClock.now
        let (wanted, returned) = state.withLock { state in
            (Set(state.claims.keys), Set(state.claims.filter { $0.value.isReturned }.keys))
        }
        let isCutOff = watch?.isInDoubt ?? false
        let standing = try await table.beat(wanted: wanted, returned: returned, isCutOff: isCutOff)
        let duty = watch?.duty(hasSuccessor: standing.hasSuccessor) ?? .goOn
        state.withLock { state in
            state.lastBeat = began
            for lease in returned where state.claims[lease]?.isReturned == true {
                state.claims[lease]?.phase = .waiting
            }
            take(standing, duty, &state)
        }
        if duty == .end, !held.isEmpty { throw MembershipError.cutOff(member: member) }
        for other in standing.silent {
            Logger.current.notice("A member of the group is not heard of", metadata: ["member.name": "\(other)"])
            // When it cannot be done now, it is with a later beat.
            do { try await table.expel(other) } catch { continue }
            state.withLock { _ = $0.pulse?.yield() }
        }
    }

    private func take(_ standing: Standing, _ duty: Reach.Duty, _ state: inout State) {
        state.standing = standing
        for lease in state.claims.keys {
            switch state.claims[lease]?.phase {
            case .waiting where standing.holders[lease] == member: state.claims[lease]?.grant()
            case .held(let term) where standing.holders[lease] != member: term.lose()
            case .held(let term) where duty == .cutShort || duty == .end: term.lose()
            case .held(let term) where duty == .handOver || standing.yield.contains(lease): term.end()
            default: break
            }
        }
    }

    /// Others may take this member for dead soon, so that it must not work any more.
    private func loseIfSilent() {
        let patience = patience
        let lost = state.withLock { state -> [Term] in
            guard ContinuousClock.now - state.lastBeat > patience else { return [] }
            return state.claims.values.compactMap { if case .held(let term) = $0.phase { term } else { nil } }
        }
        for term in lost { term.lose() }
    }
}

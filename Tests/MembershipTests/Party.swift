import ServiceKit
import Store
import Synchronization
import TestKit

@testable import Membership

/// A member as a process has it, and what it works on.
struct Party {
    let membership: Membership
    /// The store that is the members' own.
    let store: any SQLStore

    /// How long a member may be silent, in microseconds: that a machine stands still for a while is not to be taken for a death.
    static let patience: Int64 = 20_000_000

    static let migrations = [
        MemberTable.migration,
        SQLMigration("work", "CREATE TABLE work (lease TEXT NOT NULL, member TEXT NOT NULL) STRICT"),
    ]

    init(_ name: String, in cluster: PostgreSQLCluster, by cable: Cable? = nil) async throws {
        let shared = try await PostgreSQLStore(
            cluster.address,
            schema: "kith_test",
            migrations: Self.migrations,
            isShared: true
        )
        let beats = try await PostgreSQLStore(cluster.address, schema: "kith_test", migrations: [], isShared: true)
        let table = try await MemberTable.join(name, in: "test", of: beats, patience: Self.patience)
        membership = Membership(table, cable?.watch)
        store = membership.fenced(shared)
    }

    /// Works on leases until the task is cancelled; while it does, the register says so.
    func work(on leases: [String], _ register: Register) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await membership.run() }
            for lease in leases {
                group.addTask {
                    try await membership.hold(lease) { term in
                        register.enter(membership.member, lease)
                        defer { register.leave(membership.member, lease) }
                        await term.untilEnding()
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    func note(_ lease: String) async throws {
        let member = membership.member
        try await store.write { try $0.execute("INSERT INTO work VALUES (?, ?)", [lease, member]) }
    }
}

/// What a member reaches the log by, and how ready it is.
final class Cable: Sendable {
    let readiness = Readiness()
    private let isWhole = Atomic(true)

    func cut() { isWhole.store(false, ordering: .releasing) }

    func mend() { isWhole.store(true, ordering: .releasing) }

    /// Whether the member says that it cannot work for want of the log.
    var isMissed: Bool { readiness.missing.contains("log") }

    var watch: LogWatch {
        LogWatch(readiness: readiness) { self.isWhole.load(ordering: .acquiring) }
    }
}

/// Who works on what at present, and whether there ever were two at one thing.
final class Register: Sendable {
    private struct State {
        var workers: [String: Set<String>] = [:]
        var clashes: [String] = []
    }

    private let state = Mutex(State())

    func enter(_ member: String, _ lease: String) {
        state.withLock { state in
            state.workers[lease, default: []].insert(member)
            if state.workers[lease, default: []].count > 1 { state.clashes.append(lease) }
        }
    }

    func leave(_ member: String, _ lease: String) {
        state.withLock { _ = $0.workers[lease]?.remove(member) }
    }

    var clashes: [String] { state.withLock { $0.clashes } }

    /// Who works on each lease.
    var workers: [String: Set<String>] { state.withLock { $0.workers.filter { !$0.value.isEmpty } } }

    /// Waits until somebody works on each of so many leases, and all of these members do on some.
    func isShared(_ count: Int, by members: Set<String>) async throws {
        let limit = ContinuousClock.now + .seconds(300)
        while true {
            let workers = workers
            if workers.count == count, workers.values.reduce(into: Set(), { $0.formUnion($1) }) == members { return }
            guard ContinuousClock.now < limit else { throw NotShared(workers: workers) }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}

struct NotShared: Error {
    let workers: [String: Set<String>]
}

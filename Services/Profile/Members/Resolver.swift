import Logging
import Membership
import MessageLog
import ServiceKit
import ServiceLifecycle
import Store

/// Resolves whenever it is this member's turn: a successor goes on where the one before was.
///
/// - What is told goes into the lanes of the group. Who has them next is known to the log, which stores nothing more of the one before
///   and drops what it already has; so it is as if one process had told it all.
/// - Whoever still has the store although it is not their turn is cut off from it by the database.
struct Resolver: Service {
    private static let lease = "intake"
    private static let pause = Duration.milliseconds(500)

    let own: ProfileProcess
    let places: StoreSchemas
    let membership: Membership
    let notes: GroupNotes

    private var group: String { own.process.group }

    func run() async throws {
        try await membership.hold(Self.lease) { term in
            guard let log = try await log(in: term) else { return }
            try await log.closing { try await resolve(term, log) }
        }
    }

    /// The log with the lanes of the group; `nil` if the term ends before.
    private func log(in term: Term) async throws -> (any MessageLog)? {
        while !term.isEnding {
            do {
                return try await own.process.openLog(of: group, succeeds: true)
            } catch let error as MessageLogError where error.mayBeOver {
                Logger.current.warning("Cannot have the group's lanes yet", metadata: ["error": "\(error)"])
            }
            await term.wait(atMost: Self.pause)
        }
        return nil
    }

    private func resolve(_ term: Term, _ log: any MessageLog) async throws {
        Logger.current.notice("Resolving from now on", metadata: ["member.name": "\(membership.member)"])
        try await term.cancelWhenEnding {
            try await InitialKeys.grant(on: log, at: SystemClock.now())
            let services = try await services(log)
            try await withThrowingDiscardingTaskGroup { group in
                for service in services { group.addTask { try await service.run() } }
            }
        }
        Logger.current.notice("Resolving no longer", metadata: ["member.name": "\(membership.member)"])
    }

    private func services(_ log: any MessageLog) async throws -> [any Service] {
        var places = places
        places.access = membership.access(by: Self.lease, in: GroupMember.schema)
        let opened = try await offPool { [places, rules = own.rules] in
            try places.open(orNewBy: rules, keepsFormer: true)
        }
        try await NotedProgress(log: log, consumer: group).correct(to: opened.live.store)
        let notes = notes
        var surroundings = ResolverParts.Surroundings(log: log, name: group, places: places)
        surroundings.marks = membership.member
        surroundings.noteAdopted = { try await notes.note(adopted: $0) }
        surroundings.oldestRead = { try await notes.oldestRead() }
        let parts = try ResolverParts(own, from: opened, in: surroundings)
        let cleanStore = parts.cleanStore
        let eraser = own.forgetting.eraser(from: log, of: group) { people in
            try await cleanStore(people)
            try await notes.wipe()
        }
        return parts.services + [RebuildRelay(desk: parts.desk, notes: notes), eraser, own.erasures(on: log)]
    }
}

extension MessageLogError {
    /// Whether it may be otherwise a little later.
    fileprivate var mayBeOver: Bool {
        if case .locked = self { true } else { isPassing }
    }
}

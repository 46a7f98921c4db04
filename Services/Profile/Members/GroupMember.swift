import Identity
import Logging
import Membership
import MessageLog
import ServiceKit
import ServiceLifecycle
import Store

/// A process that shares its store, on a server, with others of its group.
///
/// All of them answer; one at a time resolves (``Resolver``).
struct GroupMember {
    /// The schema of what the members share besides the store, of which there is another one after a rebuild.
    static let schema = "kith_profile_members"

    let own: ProfileProcess
    /// The database's.
    let address: String

    /// The name of a member's own lanes: the lanes that are called by the group are those of who resolves.
    static func lane(of process: ServiceProcess) -> String {
        process.instance == process.group ? "\(process.instance)-api" : process.instance
    }

    func run() async throws {
        own.process.readiness.set("store", false)
        let places = places
        let migrations = [MemberTable.migration, GroupNotes.migration]
        let tables = try await own.process.sharedStore(address, schema: Self.schema, migrations: migrations)
        try await GroupNotes.enter(own.process.group, tables)
        let (seen, inUse) = try await store(in: places, tables)
        own.warn(of: inUse.view.rules)
        // Of its own, so that no long transaction keeps the member from beating.
        let beats = try await own.process.sharedStore(address, schema: Self.schema, migrations: [])
        let watch = LogWatch(log: own.log, readiness: own.process.readiness)
        let membership = try await Membership.join(nil, as: own.lane, in: beats, watching: watch)
        let notes = GroupNotes(store: membership.fenced(tables), member: own.lane)
        let follower = StoreFollower(seen, in: places, notes: notes, inUse: inUse)
        let inEffect = BookInEffect()
        let heir = ErasureHeir(log: own.log, control: own.forgetting.control, logger: own.process.logger)
        try await own.run(
            store: inUse,
            inEffect: inEffect,
            rebuilds: FollowedRebuilds(notes: notes, follower: follower),
            membership: membership,
            services: [
                follower,
                AdoptionFollower(
                    log: own.log,
                    notes: notes,
                    inEffect: inEffect,
                    readiness: own.process.readiness
                ),
                own.forgetting.eraser(), Resolver(own: own, places: places, membership: membership, notes: notes),
                Heir(
                    own.process,
                    membership: membership,
                    log: own.log,
                    forgetting: own.forgetting,
                    estate: heir.estate
                ),
            ]
        )
    }

    private var places: StoreSchemas {
        StoreSchemas(address: address, isStopping: { [readiness = own.process.readiness] in readiness.isEnding })
    }

    /// The store in use; the first process makes it, and takes out of it who was forgotten since it was dumped.
    private func store(in places: StoreSchemas, _ tables: any SQLStore) async throws -> (SeenStore, StoreInUse) {
        let forgetting = try await own.lateForgetting()
        var isTold = false
        while true {
            if let seen = try await places.seen(by: tables) {
                let view = try await places.view(of: seen)
                try await own.check(view, of: places.schema(seen.number))
                if try await !forgetting.isDue(in: view.reader) { return (seen, StoreInUse(view)) }
            }
            do {
                let opened = try await offPool { [rules = own.rules] () -> OpenedStores in
                    var places = places
                    places.access = .ifFree
                    return try places.open(orNewBy: rules, keepsFormer: true)
                }
                try await forgetting.run(on: opened.live)
            } catch StoreError.outOfTurn {
                if !isTold { own.process.logger.notice("Waiting for the store, which another process makes") }
                isTold = true
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }
}

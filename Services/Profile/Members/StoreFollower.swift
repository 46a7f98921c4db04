import Logging
import ServiceLifecycle
import Store

/// Finds within a second that another store is in use, which requests are to read from then on.
actor StoreFollower: Service {
    /// A store that was in use, until nobody here reads it any more.
    private struct Former {
        let number: Int
        weak var store: (any BatchStore)?
    }

    private static let pause = Duration.milliseconds(500)

    private let places: StoreSchemas
    private let notes: GroupNotes
    private let inUse: StoreInUse
    private var seen: SeenStore
    private var former: [Former] = []
    /// What the others were told.
    private var noted: Int?

    init(_ seen: SeenStore, in places: StoreSchemas, notes: GroupNotes, inUse: StoreInUse) {
        self.seen = seen
        self.places = places
        self.notes = notes
        self.inUse = inUse
    }

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            while true {
                try await self.look()
                try await Task.sleep(for: Self.pause)
            }
        }
    }

    /// Reads from now on what is in use now.
    func look() async throws {
        // The first time it is said what is read before anything is looked for: then it stays.
        try await tell()
        if let found = try await places.seen(by: notes.store), found != seen { try await read(found) }
        former.removeAll { $0.store == nil }
        try await tell()
    }

    private func read(_ found: SeenStore) async throws {
        let view = try await places.view(of: found)
        if found.number != seen.number { former.append(Former(number: seen.number, store: inUse.view.reader)) }
        inUse.replace(by: view)
        seen = found
        Logger.current.notice("Another store is in use", metadata: ["store.number": "\(found.number)"])
    }

    private func tell() async throws {
        let oldest = former.map(\.number).min() ?? seen.number
        guard oldest != noted else { return }
        try await notes.note(reading: oldest)
        noted = oldest
    }
}

/// Rebuilds as a member tells of them: of one that has ended not before the member itself reads what came of it.
struct FollowedRebuilds: Rebuilds {
    let notes: GroupNotes
    let follower: StoreFollower

    var status: RebuildStatus {
        get async throws {
            let status = try await notes.status
            if status.state != .running { try await follower.look() }
            return status
        }
    }

    func begin(_ request: RebuildRequest) async throws -> RebuildStatus { try await notes.begin(request) }

    func abort() async throws -> RebuildStatus { try await notes.abort() }
}

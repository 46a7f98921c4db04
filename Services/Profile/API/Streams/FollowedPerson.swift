import Events
import Store
import Synchronization
import Topics

/// The person whom an identifier belongs to, as a stream follows them.
final class FollowedPerson: Sendable {
    private let identifier: Identifier
    /// The ids that were the person's: of one that leads nowhere any more nothing else says whose it was.
    private let ids: Mutex<Set<String>>

    init(_ identifier: Identifier, in view: StoreView) async throws {
        let founded = view.lookup.normalized(identifier).map { PublicID.text(of: view.lookup.hash($0)) }
        let current = try await view.reader.read { db -> String? in
            guard let number = try view.lookup.profile(.identifier(identifier), in: db) else { return nil }
            return try ProfileView(number, in: db)?.id
        }
        self.identifier = identifier
        ids = Mutex(Set([founded, current].compactMap(\.self)))
    }

    /// Whether a changed profile is by now the person's, or was when it was there; ids lead on after a merge.
    func isConcerned(by change: Change, in view: StoreView) async throws -> Bool {
        let (identifier, id) = (identifier, change.profileID)
        let (owner, person) = try await view.reader.read { db -> (Int64?, Int64?) in
            (try view.lookup.profile(.id(id), in: db), try view.lookup.profile(.identifier(identifier), in: db))
        }
        return ids.withLock { ids in
            guard let owner else { return ids.contains(id) }
            if owner == person { ids.insert(id) } else { ids.remove(id) }
            return owner == person
        }
    }
}

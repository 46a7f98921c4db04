import Events
import FoundationEssentials
import HTTPTypes
import Identity
import ServiceKit
import Store

/// The person whom somebody wants to be forgotten.
struct ErasedPerson {
    /// The identifiers that are nobody else's.
    private(set) var identifiers: [Identifier]
    /// The ids that the person's profile has or had.
    private(set) var profileIDs: [String]

    /// An identifier that was not seen is a person of whom it is the only one known.
    ///
    /// - Parameter alone: Whether an address is meant of which those who have it cannot be one person, and none of them.
    init(
        _ reference: ProfileReference,
        alone: Bool = false,
        in view: StoreView,
        _ db: any SQLConnection
    ) throws {
        guard let number = try view.lookup.profile(reference, in: db), let profile = try ProfileView(number, in: db)
        else {
            guard case .identifier(let identifier) = reference, let name = view.lookup.normalized(identifier) else {
                throw APIError.notFound("No profile has this identifier or id.")
            }
            identifiers = [name]
            profileIDs = [view.lookup.hashes.key(of: name).publicID]
            return
        }
        try Self.refuse(number, unless: alone, in: view, db)
        identifiers = try Self.identifiers(of: number, in: db)
        // By times on devices alone nobody is known: their login is several people's.
        guard !identifiers.isEmpty else { throw Self.severalPeople }
        profileIDs = try Self.profileIDs(of: profile, in: db)
    }

    /// The identifiers of a profile, without what is somebody's of a device at times.
    static func identifiers(of profile: Int64, in db: any SQLConnection) throws -> [Identifier] {
        let sql = """
            SELECT n.name, i.value FROM identifier i JOIN namespace n ON n.id = i.namespace
            WHERE i.profile = ? AND i.device IS NULL ORDER BY i.id
            """
        return try db.all(sql, [profile]) { Identifier($0[0], $0[1]) }
    }

    /// The ids that a profile has or had.
    static func profileIDs(of profile: ProfileView, in db: any SQLConnection) throws -> [String] {
        let own = try db.all("SELECT key FROM identifier WHERE profile = ?", [profile.number]) {
            PublicID.text(of: $0[0] as Data)
        }
        return Array(Set(own + (try profile.formerIDs(in: db)) + [profile.id])).sorted()
    }

    // MARK: - Nobody's

    /// Refuses a profile that is several people's, unless it is an address which is meant alone; and one person's, if that is meant.
    private static func refuse(
        _ profile: Int64,
        unless alone: Bool,
        in view: StoreView,
        _ db: any SQLConnection
    ) throws {
        let sql = "SELECT f.id, f.shared, p.shared FROM profile p JOIN identifier f ON f.id = p.founder WHERE p.id = ?"
        let founder = try db.first(sql, [profile]) { row -> (id: Int64, state: Int64, isNobodys: Bool) in
            (row[0], row[1], row[2])
        }
        guard let founder, founder.isNobodys else {
            if alone { throw Self.onePerson }
            return
        }
        guard founder.state == NodeState.ambiguous.rawValue else { throw Self.severalPeople }
        if !alone { throw Self.severalProfiles(try Claimants.ids(of: founder.id, in: view, db)) }
    }

    private static let severalPeople = APIError(
        .conflict,
        code: "not_one_person",
        message: "Several people have this identifier, so it does not say who is to be forgotten; name another one."
    )

    private static let onePerson = APIError(
        .conflict,
        code: "one_person",
        message: "This identifier is one person's, who can only be forgotten as a whole; leave out “alone”."
    )

    private static func severalProfiles(_ ids: [String]) -> APIError {
        APIError(
            .conflict,
            code: "several_profiles",
            message: """
                Several profiles have this address, and none is known to be its owner. Erase those that are the person's, each \
                by its id; or, with “alone”, the address itself, with the events that name nothing stronger.
                """,
            lists: ["profiles": ids]
        )
    }
}

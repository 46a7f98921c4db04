import Events
import FoundationEssentials
import Identity
import ServiceKit
import Store

/// How a caller names a profile.
enum ProfileReference: Equatable, Sendable {
    case identifier(Identifier)
    /// The profile's id, or one that it had before.
    case id(String)

    /// What one looks like to a program that knows regular expressions only.
    static let pattern = "^([^:\\u0000]+:[^\\u0000]+|\(PublicID.pattern))$"

    /// Reads `namespace:value` or an id; `nil` for anything else.
    init?(_ text: String) {
        if let identifier = Identifier(parsing: text) {
            self = .identifier(identifier)
        } else if PublicID.key(of: text) != nil {
            self = .id(text)
        } else {
            return nil
        }
    }

    /// As it was written.
    var text: String {
        switch self {
        case .identifier(let identifier): "\(identifier)"
        case .id(let id): id
        }
    }
}

/// Finds profiles by any of their identifiers; every identifier's hash leads to the profile that it belongs to now.
struct ProfileLookup: Sendable {
    /// The rules that the store was made by.
    let rules: Rules
    /// The hashes that the store was made with.
    let hashes: KeyedHash

    /// The normal form of an identifier; `nil` when it cannot be anybody's.
    func normalized(_ identifier: Identifier) -> Identifier? {
        rules.normalized(identifier)
    }

    /// The hash under which the store keeps an identifier.
    func hash(_ identifier: Identifier) -> Data { hashes.bytes(of: identifier) }

    /// The store's number of the profile; `nil` when there is none.
    func profile(_ reference: ProfileReference, in db: any SQLConnection) throws -> Int64? {
        guard let key = try key(of: reference, in: db) else { return nil }
        return try db.first("SELECT profile FROM identifier WHERE key = ?", [key]) { $0[0] }
    }

    /// What the store finds the reference by; `nil` when it cannot be anybody's.
    func key(of reference: ProfileReference, in db: any SQLConnection) throws -> Data? {
        switch reference {
        case .identifier(let identifier): return normalized(identifier).map(hash)
        case .id(let text): return try PublicID.key(of: text).map { try HeirRows.key(of: $0, in: db) }
        }
    }
}

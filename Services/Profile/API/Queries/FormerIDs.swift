import FoundationEssentials
import Store

extension ProfileView {
    /// The ids that it had before, and that still lead to it, in no particular order but always the same.
    func formerIDs(in db: any SQLConnection) throws -> [String] {
        try Self.formerIDs(of: [self], in: db)[number] ?? []
    }

    /// The ids that each of some profiles had before, by the profile's number.
    static func formerIDs(of views: [ProfileView], in db: any SQLConnection) throws -> [Int64: [String]] {
        var found: [Int64: Set<Data>] = [:]
        var open = views.compactMap { view in PublicID.key(of: view.id).map { FormerKey($0, of: view.number) } }
        let current = Set(open)
        while !open.isEmpty {
            let former = try steps(to: Set(open.map(\.key)), in: db)
            let next = open.flatMap { way in (former[way.key] ?? []).map { FormerKey($0, of: way.profile) } }
            open = next.filter { !current.contains($0) && found[$0.profile, default: []].insert($0.key).inserted }
        }
        let owners = try owners(of: Set(found.values.joined()), in: db)
        return Dictionary(
            uniqueKeysWithValues: found.map { profile, keys in
                (profile, keys.filter { owners[$0] == profile }.map { PublicID.text(of: $0) }.sorted())
            }
        )
    }

    /// The keys of which the profiles of some keys were made.
    private static func steps(to keys: Set<Data>, in db: any SQLConnection) throws -> [Data: [Data]] {
        let rows = try db.all("SELECT key, former FROM merge_log WHERE key", among: Array(keys)) {
            ($0[0] as Data, PublicID.keys(in: $0[1]))
        }
        return Dictionary(rows) { $0 + $1 }
    }

    /// The profiles that keys lead to.
    private static func owners(of keys: Set<Data>, in db: any SQLConnection) throws -> [Data: Int64] {
        let rows = try db.all("SELECT key, profile FROM identifier WHERE key", among: Array(keys)) {
            ($0[0] as Data, $0[1] as Int64)
        }
        let owners = Dictionary(uniqueKeysWithValues: rows)
        guard owners.count < keys.count else { return owners }
        let query: SQLText = "SELECT h.key, i.profile FROM heir h JOIN identifier i ON i.key = h.heir WHERE h.key"
        let inherited = try db.all(query, among: Array(keys)) { ($0[0] as Data, $0[1] as Int64) }
        return owners.merging(inherited) { own, _ in own }
    }
}

/// A key that may have been a profile's.
private struct FormerKey: Hashable {
    let key: Data
    let profile: Int64

    init(_ key: Data, of profile: Int64) {
        self.key = key
        self.profile = profile
    }
}

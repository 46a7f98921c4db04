import Store

/// Two stores side by side, each in one snapshot; identifiers are found in the other one by their keys.
struct StoreComparison {
    let old: ComparedStore
    let new: ComparedStore
    private let precedent: Int64

    /// - Parameter precedent: The greatest revision that others may have been told of with an id that the old store does not know.
    init(old: any SQLConnection, new: any SQLConnection, precedent: Int64 = 0) {
        self.old = ComparedStore(old)
        self.new = ComparedStore(new)
        self.precedent = precedent
    }

    /// Loads what comparing some profiles of the new store takes.
    func load(_ profiles: [Int64]) throws {
        try new.loadPortraits(profiles)
        try old.loadOwners(try profiles.flatMap { try new.members(of: $0) })
        let origins = Set(try profiles.flatMap { try self.origins(of: $0) })
        try old.loadPortraits(origins)
        let elsewhere = try origins.flatMap { try old.members(of: $0) }
        try new.loadOwners(elsewhere)
        try new.loadPortraits(Set(try elsewhere.compactMap { try new.owner(of: $0) }))
    }

    private func origins(of profile: Int64) throws -> Set<Int64> {
        Set(try new.members(of: profile).compactMap { try old.owner(of: $0) })
    }

    /// A profile of the new store and those of the old one that it has identifiers of; `nil` when there is none of this number.
    func profile(_ number: Int64) throws -> ComparedProfile? {
        guard let (present, _) = try new.portrait(of: number) else { return nil }
        return ComparedProfile(
            number: number,
            present: present,
            origins: try origins(of: number).sorted().compactMap { try origin($0, besides: number, present) },
            precedent: precedent
        )
    }

    private func origin(
        _ number: Int64,
        besides heir: Int64,
        _ present: ComparedProfile.Portrait
    ) throws -> ComparedProfile.Origin? {
        guard let (portrait, revision) = try old.portrait(of: number) else { return nil }
        let (shares, lost) = try division(of: portrait, for: heir, present)
        let heirs = try shares.keys.filter { try !new.isShared($0) }
        return ComparedProfile.Origin(
            number: number,
            portrait: portrait,
            revision: revision,
            heirs: heirs.sorted(),
            siblings: try shares.keys.filter { $0 != heir }.compactMap(new.key).sorted(),
            lost: Self.first(of: heirs.isEmpty ? Array(shares.keys) : heirs, by: shares) == heir ? lost : []
        )
    }

    /// How many identifiers of an old profile each new one has, and the keys of those that are there no more.
    private func division(
        of portrait: ComparedProfile.Portrait,
        for heir: Int64,
        _ present: ComparedProfile.Portrait
    ) throws -> (shares: [Int64: Int], lost: [Key128]) {
        // Both are sorted, and mostly the same.
        if portrait.members == present.members { return ([heir: present.members.count], []) }
        var (shares, lost): ([Int64: Int], [Key128]) = ([:], [])
        for key in portrait.members {
            if let owner = try new.owner(of: key) { shares[owner, default: 0] += 1 } else { lost.append(key) }
        }
        return (shares, lost)
    }

    /// The profile with the most identifiers of an old one; of several the one with the least number.
    private static func first(of profiles: [Int64], by shares: [Int64: Int]) -> Int64? {
        profiles.min { left, right in
            let (one, other) = (shares[left] ?? 0, shares[right] ?? 0)
            return one == other ? left < right : one > other
        }
    }

    // MARK: - What to look at again

    /// The new profiles that have identifiers of old ones, given by keys of their identifiers.
    func heirs(ofOldProfilesWith keys: [Key128]) throws -> Set<Int64> {
        try old.loadOwners(keys)
        return try heirs(ofOld: Set(try keys.compactMap { try old.owner(of: $0) }))
    }

    /// The new profiles whose comparison may come to something else when some have changed.
    func kin(of numbers: Set<Int64>) throws -> Set<Int64> {
        try new.loadMembers(numbers)
        let keys = try numbers.flatMap { try new.members(of: $0) }
        return numbers.union(try heirs(ofOldProfilesWith: keys))
    }

    private func heirs(ofOld profiles: Set<Int64>) throws -> Set<Int64> {
        try old.loadMembers(profiles)
        let keys = try profiles.flatMap { try old.members(of: $0) }
        try new.loadOwners(keys)
        return Set(try keys.compactMap { try new.owner(of: $0) })
    }
}

import Store

/// Two stores side by side, each in one snapshot; identifiers are found in the other one by their keys.
struct StoreComparison {
    let old: ComparedStore
    let new: ComparedStore
    private let precedent: Int64
    private let divisions = Divisions()

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
        // Both are sorted, and mostly the same.
        let isWhole = portrait.members == present.members
        let division = try isWhole ? whole(heir, present) : division(of: portrait, as: number)
        return ComparedProfile.Origin(
            number: number,
            portrait: portrait,
            revision: revision,
            heirs: division.heirs,
            siblings: Array(division.keys.lazy.filter { $0 != present.key }.prefix(MergeLog.Entry.mostResults)),
            lost: division.inheritor == heir ? division.lost : []
        )
    }

    /// What became of an old profile that has gone over into one as it was.
    private func whole(_ heir: Int64, _ present: ComparedProfile.Portrait) -> Divisions.Division {
        Divisions.Division(heirs: present.isShared ? [] : [heir], keys: [present.key], inheritor: heir, lost: [])
    }

    /// What became of an old profile; each of the thousands that were one asks.
    private func division(of portrait: ComparedProfile.Portrait, as number: Int64) throws -> Divisions.Division {
        if let known = divisions[number] { return known }
        var (shares, lost): ([Int64: Int], [Key128]) = ([:], [])
        for key in portrait.members {
            if let owner = try new.owner(of: key) { shares[owner, default: 0] += 1 } else { lost.append(key) }
        }
        let heirs = try shares.keys.filter { try !new.isShared($0) }
        let division = Divisions.Division(
            heirs: heirs.sorted(),
            keys: try shares.keys.compactMap(new.key).sorted(),
            inheritor: Self.first(of: heirs.isEmpty ? Array(shares.keys) : heirs, by: shares),
            lost: lost
        )
        divisions[number] = division
        return division
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

/// What became of old profiles, by their numbers.
private final class Divisions {
    struct Division {
        /// The persons that have identifiers of it, sorted.
        var heirs: [Int64]
        /// The ids of all that has, be it a person or not, sorted.
        var keys: [Key128]
        /// Who inherits the ids that identifiers gave which are there no more.
        var inheritor: Int64?
        /// The keys of these.
        var lost: [Key128]
    }

    private var known: [Int64: Division] = [:]

    subscript(_ number: Int64) -> Division? {
        get { known[number] }
        set { known[number] = newValue }
    }
}

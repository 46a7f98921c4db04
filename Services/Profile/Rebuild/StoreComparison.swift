import Store

/// Two stores side by side, each in one snapshot; identifiers are found in the other one by their keys.
struct StoreComparison {
    let old: any SQLConnection
    let new: any SQLConnection

    /// A profile of the new store and those of the old one that it has identifiers of; `nil` when there is none of this number.
    func profile(_ number: Int64) throws -> ComparedProfile? {
        guard let (present, _) = try Self.portrait(of: number, in: new) else { return nil }
        let origins = try Set(present.members.compactMap { try Self.profile(of: $0, in: old) })
        return ComparedProfile(
            number: number,
            present: present,
            origins: try origins.sorted().compactMap { try origin($0, besides: number, present) }
        )
    }

    private func origin(
        _ number: Int64,
        besides heir: Int64,
        _ present: ComparedProfile.Portrait
    ) throws -> ComparedProfile.Origin? {
        guard let (portrait, revision) = try Self.portrait(of: number, in: old) else { return nil }
        var heirs: Set<Int64> = present.isShared ? [] : [heir]
        var isScattered = false
        // Both are sorted, and mostly the same.
        if portrait.members != present.members {
            let known = Set(present.members)
            for key in portrait.members where !known.contains(key) {
                guard let other = try Self.profile(of: key, in: new) else { continue }
                isScattered = true
                if try !Self.isShared(other, in: new) { heirs.insert(other) }
            }
        }
        return ComparedProfile.Origin(
            number: number,
            portrait: portrait,
            revision: revision,
            heirs: heirs.sorted(),
            isScattered: isScattered
        )
    }

    // MARK: - What to look at again

    /// The new profiles that have identifiers of an old one, given by a key of its identifiers.
    func heirs(ofOldProfileWith key: Key128) throws -> Set<Int64> {
        guard let profile = try Self.profile(of: key, in: old) else { return [] }
        return try heirs(ofOld: profile)
    }

    /// The new profiles whose comparison may come to something else when this one has changed.
    func kin(of number: Int64) throws -> Set<Int64> {
        var kin: Set = [number]
        for key in try Self.members(of: number, in: new) {
            guard let origin = try Self.profile(of: key, in: old) else { continue }
            kin.formUnion(try heirs(ofOld: origin))
        }
        return kin
    }

    private func heirs(ofOld profile: Int64) throws -> Set<Int64> {
        Set(try Self.members(of: profile, in: old).compactMap { try Self.profile(of: $0, in: new) })
    }

    // MARK: - Reading

    static func portrait(
        of profile: Int64,
        in db: any SQLConnection
    ) throws -> (portrait: ComparedProfile.Portrait, revision: Int64)? {
        let query = try BulkStatement(
            """
            SELECT f.key, p.shared, p.traits, a.revision
            FROM profile p JOIN identifier f ON f.id = p.founder LEFT JOIN activity a ON a.profile = p.id WHERE p.id = ?
            """,
            in: db
        )
        query.bind(1, profile)
        defer { query.reset() }
        guard try query.step() else { return nil }
        let portrait = ComparedProfile.Portrait(
            key: try key(query.bytes(0)),
            isShared: query.integer(1) != 0,
            members: try members(of: profile, in: db),
            traits: query.text(2)
        )
        return (portrait, query.integer(3))
    }

    static func members(of profile: Int64, in db: any SQLConnection) throws -> [Key128] {
        let query = try BulkStatement("SELECT key FROM identifier WHERE profile = ?", in: db)
        query.bind(1, profile)
        var members: [Key128] = []
        while try query.step() { members.append(try key(query.bytes(0))) }
        return members.sorted()
    }

    static func profile(of key: Key128, in db: any SQLConnection) throws -> Int64? {
        let query = try BulkStatement("SELECT profile FROM identifier WHERE key = ?", in: db)
        defer { query.reset() }
        return try key.withBytes { bytes in
            query.bind(1, lent: bytes)
            return try query.step() ? query.integer(0) : nil
        }
    }

    static func isShared(_ profile: Int64, in db: any SQLConnection) throws -> Bool {
        let query = try BulkStatement("SELECT shared FROM profile WHERE id = ?", in: db)
        query.bind(1, profile)
        defer { query.reset() }
        return try query.step() && query.integer(0) != 0
    }

    private static func key(_ bytes: [UInt8]) throws -> Key128 {
        guard let key = Key128(bytes) else {
            throw PipelineError.damagedStore("The key of an identifier is too short.")
        }
        return key
    }
}

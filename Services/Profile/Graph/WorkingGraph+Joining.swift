import Events
import Identity

extension WorkingGraph {
    /// Profiles larger than this are always resolved the long way.
    private static let quickMembers = 64

    /// Brings the profiles up to date with the batch's evidence.
    ///
    /// Most new evidence joins whole profiles far from any limit; there, what ``Rules/resolve(_:)`` would give is known
    /// without asking it. A *plain* profile is a whole connected part of the graph without any rejected evidence and without any
    /// shared neighbour, and would be in whatever order its evidence is taken. Joining such parts gives one connected part; if
    /// it stays within all limits and has one mail address at most, nothing can be rejected; and if of no namespace it has more
    /// identifiers than a shared one needs as neighbours, none can be shared.
    func join() throws {
        var parts = ProfileUnion()
        var seeds: [Int64] = []
        for pair in newPairs where isThere(pair) { try follow(pair, &parts, &seeds) }
        for pair in betterPairs where try isThere(pair) && !isSettled(pair) {
            seeds.append(try node(pair.first).isBorder ? pair.second : pair.first)
        }
        seeds += try tellingSightings().map(\.first)
        seeds += retracted.filter { !removed.contains($0) }
        for device in changedUses.keys where try !removed.contains(device) && node(device).state == .divided {
            seeds.append(device)
        }
        try loadNodes(parts.groups.joined().flatMap { try membership($0).members })
        for group in parts.groups {
            if try canJoinQuickly(group) {
                try joinQuickly(group)
            } else {
                seeds += try group.map { try membership($0).founder }
            }
        }
        try resolve(from: seeds)
    }

    /// Whether neither of two was taken away after there was evidence of them.
    private func isThere(_ pair: Pair) -> Bool { !removed.contains(pair.first) && !removed.contains(pair.second) }

    private func follow(_ pair: Pair, _ parts: inout ProfileUnion, _ seeds: inout [Int64]) throws {
        let (first, second) = (try node(pair.first), try node(pair.second))
        switch (first.isBorder, second.isBorder) {
        case (true, true): return
        // A shared neighbour counts when it is decided whether the other is shared as well.
        case (true, false): seeds.append(pair.second)
        case (false, true): seeds.append(pair.first)
        case (false, false) where try isDivided(pair): seeds.append(pair.first)
        case (false, false): parts.unite(first.profile, second.profile)
        }
    }

    /// Whether better evidence for the pair cannot change anything, because nothing stands against it.
    private func isSettled(_ pair: Pair) throws -> Bool {
        let (first, second) = (try node(pair.first), try node(pair.second))
        if first.isBorder && second.isBorder { return true }
        // An alias outweighs other evidence, and it changes what counts as one towards the limits.
        return try first.profile == second.profile && membership(first.profile).isPlain
    }

    private func canJoinQuickly(_ profiles: [Int64]) throws -> Bool {
        var members: [Int64] = []
        for profile in profiles {
            let membership = try membership(profile)
            guard membership.isPlain, !membership.isShared else { return false }
            members += membership.members
            guard members.count <= Self.quickMembers else { return false }
        }
        return try areFarFromLimits(members)
    }

    private func areFarFromLimits(_ members: [Int64]) throws -> Bool {
        guard members.count <= rules.degreeLimit else { return false }
        var counts: [(namespace: String, rule: NamespaceRule, count: Int)] = []
        for member in members {
            let namespace = try node(member).identifier.namespace
            if let place = counts.firstIndex(where: { $0.namespace == namespace }) {
                counts[place].count += 1
            } else {
                counts.append((namespace, rules[namespace], 1))
            }
        }
        let weakest = counts.map(\.rule.priority).max() ?? .min
        let patience = (
            unique: counts.map(\.rule.shareThreshold).min() ?? .max,
            weak: counts.map(\.rule.weakShareThreshold).min() ?? .max
        )
        return counts.allSatisfy { _, rule, count in
            let enough = rule.isUnique ? patience.unique : patience.weak
            // Only identifiers of stronger namespaces make one shared.
            return count <= rule.limit && (count <= enough || rule.priority == weakest)
                && (count == 1 || !rule.isMailAddress)
        }
    }

    private func joinQuickly(_ profiles: [Int64]) throws {
        guard profiles.count > 1 else { return }
        let memberships = try profiles.map { try membership($0) }
        let founder = try founder(of: memberships.map(\.founder))
        let survivor = try survivor(of: profiles, founder: founder)
        var members = try membership(survivor).members
        for profile in profiles where profile != survivor {
            for member in try membership(profile).members {
                try move(member, to: survivor)
                members.append(member)
            }
            try dissolve(profile, into: survivor)
        }
        try change(survivor) { membership in
            membership.members = members
            membership.founder = founder
        }
    }

    /// The profile that the others go over into: one that was there before, the founder's if it can be.
    func survivor(of profiles: [Int64], founder: Int64) throws -> Int64 {
        let old = profiles.filter { wasThere(profile: $0) }
        let founders = try node(founder).profile
        if old.contains(founders) || old.isEmpty { return founders }
        return old.min() ?? founders
    }

    /// Takes a profile away, whose members are elsewhere.
    func dissolve(_ profile: Int64, into successor: Int64) throws {
        if wasThere(profile: profile), originals[profile] == nil { originals[profile] = try membership(profile) }
        memberships[profile] = nil
        touched.remove(profile)
        successors[profile] = successor
    }
}

/// Which profiles new evidence joins.
struct ProfileUnion {
    private var parents: [Int64: Int64] = [:]

    mutating func unite(_ left: Int64, _ right: Int64) {
        let (one, other) = (root(of: left), root(of: right))
        parents[max(one, other)] = min(one, other)
        if parents[min(one, other)] == nil { parents[min(one, other)] = min(one, other) }
    }

    /// The profile that stands for those it is joined with.
    func root(of profile: Int64) -> Int64 {
        var profile = profile
        while let parent = parents[profile], parent != profile { profile = parent }
        return profile
    }

    /// The joined profiles, in the order of their least numbers.
    var groups: [[Int64]] {
        Dictionary(grouping: parents.keys.sorted(), by: root).sorted { $0.key < $1.key }.map(\.value)
    }
}

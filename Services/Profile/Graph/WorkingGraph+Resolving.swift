import GRDB
import Identity
import Store

extension WorkingGraph {
    /// Resolves the parts of the graph that some identifiers are in, each once.
    func resolve(from seeds: [Int64]) throws {
        var seen: Set<Int64> = []
        for seed in seeds where !seen.contains(seed) {
            let part = try LoadedComponent(around: seed, in: self)
            seen.formUnion(part.ids)
            try apply(rules.resolve(part.component), to: part)
        }
    }

    private func apply(_ resolution: Resolution, to part: LoadedComponent) throws {
        try noteRejections(resolution, part)
        try markShared(resolution, part)
        let groups = groups(of: resolution, part)
        let claims = try claims(of: groups)
        try regroup(groups, claims)
    }

    private func noteRejections(_ resolution: Resolution, _ part: LoadedComponent) throws {
        var namespaces = Array(repeating: Int64(0), count: part.component.evidence.count)
        for rejection in resolution.rejected {
            namespaces[rejection.evidence] = try cache.namespaces.id(of: rejection.namespace, in: db)
        }
        let update = try BulkStatement(
            "UPDATE evidence SET rejected = nullif(?3, 0) WHERE identifier = ?1 AND other = ?2",
            in: db
        )
        for (place, evidence) in part.component.evidence.enumerated() where namespaces[place] != part.rejected[place] {
            let pair = Pair(part.ids[evidence.left], part.ids[evidence.right])
            update.bind(1, pair.first)
            update.bind(2, pair.second)
            update.bind(3, namespaces[place])
            try update.run()
        }
    }

    private func markShared(_ resolution: Resolution, _ part: LoadedComponent) throws {
        for place in resolution.shared where !part.component.members[place].isKnownShared {
            let id = part.ids[place]
            var node = try node(id)
            node.isShared = true
            nodes[id] = node
            newlyShared.append(id)
            if !isNew(id) { changedNodes.insert(id) }
        }
    }

    // MARK: - Groups

    /// The members of a profile to be.
    struct Group {
        var members: [Int64]
        var founder: Int64
        var isPlain: Bool
        var isShared: Bool
    }

    /// The resolved profiles in the order of their founders, then the identifiers that have become shared, each alone.
    private func groups(of resolution: Resolution, _ part: LoadedComponent) -> [Group] {
        let troubled = troubled(resolution, part)
        let profiles = resolution.profiles.map { profile in
            Group(
                members: profile.members.map { part.ids[$0] },
                founder: part.ids[profile.founder],
                isPlain: !profile.members.contains { troubled.contains($0) },
                isShared: false
            )
        }
        let shared = resolution.shared.filter { !part.component.members[$0].isKnownShared }.map { part.ids[$0] }
        return profiles + shared.map { Group(members: [$0], founder: $0, isPlain: false, isShared: true) }
    }

    /// The members with evidence that does not join them to the other end.
    private func troubled(_ resolution: Resolution, _ part: LoadedComponent) -> Set<Int> {
        let shared = Set(resolution.shared)
        var troubled: Set<Int> = []
        for rejection in resolution.rejected {
            let evidence = part.component.evidence[rejection.evidence]
            troubled.formUnion([evidence.left, evidence.right])
        }
        for evidence in part.component.evidence where shared.contains(evidence.left) || shared.contains(evidence.right)
        {
            troubled.formUnion([evidence.left, evidence.right])
        }
        return troubled
    }

    /// Which group each present profile becomes: the one that has its founder, or else the first that has a member of it.
    private func claims(of groups: [Group]) throws -> [Int64: Int] {
        var claims: [Int64: Int] = [:]
        for (index, group) in groups.enumerated() {
            for member in group.members {
                let profile = try node(member).profile
                let isFounders = try membership(profile).founder == member && !group.isShared
                if isFounders || claims[profile] == nil { claims[profile] = index }
            }
        }
        return claims
    }

    /// Moves the identifiers to where the groups want them.
    private func regroup(_ groups: [Group], _ claims: [Int64: Int]) throws {
        let claimed = Dictionary(grouping: claims.keys, by: { claims[$0] ?? 0 })
        let targets = try groups.enumerated().map { index, group in
            try target(of: group, claimed: claimed[index] ?? [])
        }
        try noteSplits(groups, targets)
        for (group, target) in zip(groups, targets) { try fill(target, with: group) }
        let kept = Set(targets)
        for (profile, index) in claims.sorted(by: { $0.key < $1.key }) where !kept.contains(profile) {
            try dissolve(profile, into: targets[index])
        }
    }

    private func target(of group: Group, claimed: [Int64]) throws -> Int64 {
        guard !claimed.isEmpty else { return newProfile() }
        let founders = try node(group.founder).profile
        let old = claimed.filter { wasThere(profile: $0) }
        if claimed.contains(founders), old.isEmpty || old.contains(founders) { return founders }
        return old.min() ?? claimed.min() ?? founders
    }

    private func fill(_ profile: Int64, with group: Group) throws {
        let wanted = Membership(
            members: group.members,
            founder: group.founder,
            isPlain: group.isPlain,
            isShared: group.isShared
        )
        if profile > firstNewProfile - 1, memberships[profile] == nil {
            memberships[profile] = wanted
            touched.insert(profile)
        } else {
            let present = try membership(profile)
            let isSame =
                present.founder == wanted.founder && present.isPlain == wanted.isPlain
                && present.isShared == wanted.isShared && Set(present.members) == Set(wanted.members)
            if !isSame { try change(profile) { $0 = wanted } }
        }
        for member in group.members { try move(member, to: profile) }
    }

    /// Where the members of one profile go different ways, nobody knows which of its events go with whom until they are counted.
    private func noteSplits(_ groups: [Group], _ targets: [Int64]) throws {
        var destinations: [Int64: Set<Int64>] = [:]
        for (group, target) in zip(groups, targets) {
            for member in group.members where !isNew(member) {
                destinations[try node(member).profile, default: []].insert(target)
            }
        }
        for ways in destinations.values where ways.count > 1 { recounts.formUnion(ways) }
    }
}

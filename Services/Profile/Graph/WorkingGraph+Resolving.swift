import Events
import Identity
import Store

extension WorkingGraph {
    /// Resolves the parts of the graph that some identifiers are in, each once.
    func resolve(from seeds: [Int64]) throws {
        try loadNodes(seeds)
        let seeds = try seeds.map { try node($0).part?.device ?? $0 }
        let reader = try EvidenceReader(around: seeds, in: self)
        var seen: Set<Int64> = []
        for seed in seeds where !seen.contains(seed) {
            var part = try LoadedComponent(around: [seed], in: self, reader: reader, isShort: true)
            seen.formUnion(part.ids)
            let resolution = try resolution(of: &part)
            try apply(resolution, to: part)
        }
    }

    /// Resolves a part of the graph, of which what makes no difference need not be loaded.
    private func resolution(of part: inout LoadedComponent) throws -> Resolution {
        while true {
            let resolution = rules.resolve(part.component)
            let told = try resolution.rejected.filter { try code(of: $0.reason) != nil }.map(\.evidence)
            guard try part.complete(told, in: self) else { return resolution }
        }
    }

    private func apply(_ resolution: Resolution, to part: LoadedComponent) throws {
        try noteRejections(resolution, part)
        try noteStates(resolution, part)
        let groups = try groups(of: resolution, part)
        let claims = try claims(of: groups)
        try regroup(groups, claims)
        try removeObsoleteParts(resolution, part)
    }

    private func noteRejections(_ resolution: Resolution, _ part: LoadedComponent) throws {
        var reasons: [Pair: Int64] = [:]
        for rejection in resolution.rejected {
            let evidence = part.component.evidence[rejection.evidence]
            guard let code = try code(of: rejection.reason) else { continue }
            let pair = Pair(part.ids[evidence.left], part.ids[evidence.right])
            // The first says why: not all that comes behind it is looked at.
            if reasons[pair] == nil { reasons[pair] = code }
        }
        let update = try BulkStatement(
            "UPDATE evidence SET rejected = nullif(?3, 0) WHERE identifier = ?1 AND other = ?2",
            in: db
        )
        for (place, evidence) in part.component.evidence.enumerated() {
            let pair = Pair(part.ids[evidence.left], part.ids[evidence.right])
            let reason = reasons[pair] ?? 0
            guard reason != part.rejected[place] else { continue }
            update.bind(1, pair.first)
            update.bind(2, pair.second)
            update.bind(3, reason)
            try update.run()
        }
    }

    /// What ``Schema/evidence`` says of a reason; `nil` where the identifiers say enough themselves.
    private func code(of reason: Resolution.Reason) throws -> Int64? {
        switch reason {
        case .limit(let namespace), .ambiguous(_, .limit(let namespace)?):
            try cache.namespaces.id(of: namespace, in: db)
        case .separated, .ambiguous(_, .separated?): -1
        case .ambiguous(_, .secondAddress?): -2
        case .ambiguous(_, nil), .shared, .outsideSpans, .claimed, .divided: nil
        }
    }

    private func noteStates(_ resolution: Resolution, _ part: LoadedComponent) throws {
        for (place, id) in part.ids.enumerated() where !part.component.members[place].isKnownShared {
            let former = try node(id).state
            let state = NodeState(resolution.states[place])
            if state == .divided || former == .divided { noteDivision(of: id, isNew: state != former) }
            guard state != former else { continue }
            if state.isNobodys != former.isNobodys { restated.insert(id) }
            nodes[id] = try node(id).with(state: state)
            if !isNew(id) { changedNodes.insert(id) }
        }
    }

    private func noteDivision(of device: Int64, isNew: Bool) {
        if isNew { redivided[device] = .always }
        guard redivided[device] == nil, let change = changedUses[device] else { return }
        redivided[device] = change
    }

    // MARK: - Groups

    /// The members of a profile to be.
    struct Group {
        var members: [Int64]
        var founder: Int64
        var isPlain: Bool
        var isShared: Bool
    }

    /// The resolved profiles in the order of their founders, then the identifiers that are nobody's, each alone.
    private func groups(of resolution: Resolution, _ part: LoadedComponent) throws -> [Group] {
        let troubled = troubled(resolution, part)
        let profiles = try resolution.profiles.map { profile in
            Group(
                members: try profile.parts.map { try node(for: $0, part) },
                founder: try node(for: profile.founder, part),
                isPlain: profile.isPlain
                    && profile.parts.allSatisfy { $0.login == nil && !troubled.contains($0.member) },
                isShared: false
            )
        }
        let nobodys = part.ids.indices.filter { place in
            let state = resolution.states[place]
            return !part.component.members[place].isKnownShared && (state.isNobodys || state == .divided)
        }
        return profiles
            + nobodys.map { place in
                Group(members: [part.ids[place]], founder: part.ids[place], isPlain: false, isShared: true)
            }
    }

    /// The number of a part of the resolution; one that is new is made.
    private func node(for part: Resolution.Part, _ loaded: LoadedComponent) throws -> Int64 {
        let member = loaded.ids[part.member]
        guard let login = part.login.map({ loaded.ids[$0] }) else { return member }
        let identifier = loaded.component.members[part.login ?? 0].identifier
        let firstSeen =
            loaded.component.uses[part.member]?.spans(of: identifier).first?.start ?? Timestamp(microseconds: 0)
        guard let known = try parts(of: member)[login] else {
            return try makePart(PartKey(device: member, login: login), firstSeen: firstSeen.microseconds)
        }
        if try node(known).firstSeen != firstSeen.microseconds { try date(known, firstSeen.microseconds) }
        return known
    }

    /// Takes away the parts of devices that are no longer divided, or not for that login.
    private func removeObsoleteParts(_ resolution: Resolution, _ part: LoadedComponent) throws {
        let wanted = Set(
            resolution.profiles.flatMap(\.parts).compactMap { holding in
                holding.login.map { PartKey(device: part.ids[holding.member], login: part.ids[$0]) }
            }
        )
        for device in part.ids where redivided[device] != nil {
            for (login, id) in try parts(of: device) where !wanted.contains(PartKey(device: device, login: login)) {
                try removePart(id)
            }
        }
    }

    /// The members with evidence that does not simply join them to the other end.
    private func troubled(_ resolution: Resolution, _ part: LoadedComponent) -> Set<Int> {
        var troubled: Set<Int> = []
        for rejection in resolution.rejected {
            let evidence = part.component.evidence[rejection.evidence]
            troubled.formUnion([evidence.left, evidence.right])
        }
        for evidence in part.component.evidence {
            let isSimple = [evidence.left, evidence.right].allSatisfy { resolution.states[$0] == .whole }
            if !isSimple { troubled.formUnion([evidence.left, evidence.right]) }
        }
        for decision in part.component.decisions { troubled.formUnion([decision.left, decision.right]) }
        return troubled
    }

    /// Which group each present profile becomes: the one that has its founder, or else the first that has a member of it.
    private func claims(of groups: [Group]) throws -> [Int64: Int] {
        var claims: [Int64: Int] = [:]
        for (index, group) in groups.enumerated() {
            for member in group.members where try !isHomeless(member) {
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
        try noteSplits(groups, targets, claims)
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
        let wanted = ProfileMembership(
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

    /// Whether the profile that an identifier was in has gone to others already: where evidence was taken back, what was one
    /// connected part may be several now, and they are resolved one after the other.
    private func isHomeless(_ member: Int64) throws -> Bool {
        let profile = try node(member).profile
        return try successors[profile] != nil || !membership(profile).members.contains(member)
    }

    /// Where the members of one profile go different ways, nobody knows which of its events go with whom until they are counted.
    private func noteSplits(_ groups: [Group], _ targets: [Int64], _ claims: [Int64: Int]) throws {
        var destinations: [Int64: Set<Int64>] = [:]
        let kept = Set(targets)
        for (group, target) in zip(groups, targets) {
            for member in group.members where !isNew(member) {
                if try isHomeless(member) {
                    recounts.formUnion([target, ActivityRows.heir(of: try node(member).profile, successors)])
                }
                destinations[try node(member).profile, default: []].insert(target)
            }
        }
        for (profile, others) in destinations {
            // What is counted stays with it, or goes to what takes its place: that may have none but its new members.
            let heir: Int64? = kept.contains(profile) ? profile : claims[profile].map { targets[$0] }
            let ways = others.union(heir.map { [$0] } ?? [])
            if ways.count > 1 { recounts.formUnion(ways) }
        }
    }
}

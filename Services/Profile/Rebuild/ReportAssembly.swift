import Events
import Store

/// Counts what was found, and gives examples of it.
struct ReportAssembly {
    /// How many examples of each kind there are at most.
    private static let examples = 10
    /// How many profiles, and how many identifiers of each, an example names at most.
    private static let named = 5
    private static let identifiers = 10
    /// How many old profiles are looked at for examples of those that are gone; the count needs no look at them.
    private static let scanned = 50_000
    /// How many of them are looked at together: meanwhile the store in use stands still.
    private static let together = 500

    let old: any SQLConnection
    let new: any SQLConnection

    func report(refused: Int64, missing: Int64) throws -> RebuildReport {
        var report = RebuildReport()
        let table = FindingTable(db: new)
        report.counts = try table.counts(before: Totals(in: old).profiles, after: Totals(in: new).profiles)
        report.refused = refused
        report.missing = missing
        for kind in FindingKind.allCases where kind != .removed {
            let profiles =
                try kind == .split ? table.leaders(limit: Self.examples) : table.profiles(kind, limit: Self.examples)
            report.examples[kind] = try profiles.flatMap { try examples(of: kind, at: $0) }
        }
        if report.counts.removed > 0 { report.examples[.removed] = try removed() }
        return report
    }

    // MARK: - Examples

    private func examples(of kind: FindingKind, at number: Int64) throws -> [RebuildReport.Example] {
        guard let profile = try StoreComparison(old: old, new: new).profile(number) else { return [] }
        let persons = profile.origins.filter { !$0.portrait.isShared }
        switch kind {
        case .split:
            let split = persons.filter { $0.heirs.first == number && $0.heirs.count > 1 }
            return try split.map { origin in
                RebuildReport.Example(
                    before: try [person(origin.number, in: old)].compactMap { $0 },
                    after: try origin.heirs.prefix(Self.named).compactMap { try person($0, in: new) }
                )
            }
        default:
            let tellsIdentifiers = kind == .identifiersChanged
            let own = tellsIdentifiers ? profile.present.members : []
            let others = tellsIdentifiers ? persons.flatMap(\.portrait.members) : []
            var example = RebuildReport.Example(
                before: try persons.prefix(Self.named).compactMap { try person($0.number, in: old, unlike: own) },
                after: try [person(number, in: new, unlike: others)].compactMap { $0 }
            )
            if kind == .traitsChanged, let origin = persons.first {
                example.traits = Self.differences(origin.portrait.traits, profile.present.traits)
            }
            return [example]
        }
    }

    /// Old persons of whom there is nobody any more.
    private func removed() throws -> [RebuildReport.Example] {
        var examples: [RebuildReport.Example] = []
        var last = Int64.min
        for _ in 0..<Self.scanned / Self.together where examples.count < Self.examples {
            let page = try persons(behind: last)
            guard let final = page.last else { break }
            last = final
            let gone = try removed(among: page).prefix(Self.examples - examples.count)
            examples += try gone.compactMap { try person($0, in: old) }
                .map { RebuildReport.Example(before: [$0], after: []) }
        }
        return examples
    }

    private func persons(behind last: Int64) throws -> [Int64] {
        let query = "SELECT id FROM profile WHERE shared = 0 AND id > ? ORDER BY id LIMIT ?"
        return try old.all(query, [last, Self.together]) { $0[0] }
    }

    /// Those of whom nobody has an identifier any more.
    private func removed(among persons: [Int64]) throws -> [Int64] {
        let (before, after) = (ComparedStore(old), ComparedStore(new))
        try before.loadMembers(persons)
        let keys = try persons.flatMap { try before.members(of: $0) }
        try after.loadOwners(keys)
        try after.loadRows(Set(keys.compactMap { try after.owner(of: $0) }))
        return try persons.filter { person in
            try before.members(of: person).allSatisfy { key in
                try after.owner(of: key).map { try after.isShared($0) } ?? true
            }
        }
    }

    /// - Parameter others: The keys of the identifiers on the other side; what is not among them comes first.
    private func person(
        _ number: Int64,
        in db: any SQLConnection,
        unlike others: [Key128] = []
    ) throws -> RebuildReport.Example.Person? {
        guard let (portrait, _) = try ComparedStore(db).portrait(of: number) else { return nil }
        return RebuildReport.Example.Person(
            id: portrait.key.publicID,
            identifiers: try identifiers(of: number, in: db, unlike: Set(others)),
            eventCount: portrait.events,
            lastSeen: Timestamp(microseconds: portrait.lastSeen)
        )
    }

    private func identifiers(
        of number: Int64,
        in db: any SQLConnection,
        unlike others: Set<Key128>
    ) throws -> [String] {
        let query = try BulkStatement(
            """
            SELECT n.name, i.value, i.key FROM identifier i JOIN namespace n ON n.id = i.namespace
            WHERE i.profile = ? ORDER BY i.first_seen, n.name, i.value
            """,
            in: db
        )
        query.bind(1, number)
        var (different, common): ([String], [String]) = ([], [])
        while try query.step() {
            let name = Identifier(query.text(0), query.text(1)).description
            let isCommon = Key128(query.bytes(2)).map { others.contains($0) } ?? false
            if isCommon { common.append(name) } else { different.append(name) }
        }
        return Array((different + common).prefix(Self.identifiers))
    }

    /// The names of the traits that differ, sorted.
    static func differences(_ left: String, _ right: String) -> [String] {
        let sides = [left, right].map { text -> [String: [UInt8]] in
            let members =
                (try? JSONDocument(traits: text))?.root.members.map { ($0.key, $0.value.value.bytes) } ?? []
            return Dictionary(members) { first, _ in first }
        }
        return Set(sides[0].keys).union(sides[1].keys).filter { sides[0][$0] != sides[1][$0] }.sorted()
    }
}

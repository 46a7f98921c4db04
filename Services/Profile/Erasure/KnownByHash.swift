import Events
import Identity
import ServiceKit
import Store
import Topics

/// Knows the identifiers of people of whom only hashes are left.
struct KnownByHash {
    private let hashes: Set<String>
    /// The hashes of mailboxes, for rules that fold them.
    private let foldedHashes: Set<String>
    private let key: SuppressionKey
    /// The rules that the identifiers of a store have their form by.
    private let rules: Rules
    /// The same in other forms, in which the people were known.
    private let others: [Rules]

    /// Knows whom some erasures are of, in a store that is made by rules.
    init(_ erasures: [ControlBook.Erasure], key: SuppressionKey, rules: Rules) {
        hashes = Set(erasures.flatMap(\.suppression.hashes))
        foldedHashes = Set(erasures.flatMap(\.suppression.foldedHashes))
        self.key = key
        self.rules = rules
        others = Array(Recognition(by: rules, formsOf: erasures.rulesOfForgetting).rules.dropFirst())
    }

    /// Those identifiers in a store that are theirs, and addresses of theirs in what others have.
    func identifiers(in graph: WorkingGraph) throws -> Set<Identifier> {
        var found: Set<Identifier> = []
        let statement =
            "SELECT n.name, i.value FROM identifier i JOIN namespace n ON n.id = i.namespace WHERE i.device IS NULL"
        try graph.db.throughWholeTables {
            try graph.db.each(statement, []) { row in
                let identifier = Identifier(row[0], row[1])
                if isTheirs(identifier) { found.insert(identifier) }
                return true
            }
        }
        try ForgottenPerson.eachTold(in: graph) { addresses, _, _ in
            found.formUnion(addresses.filter { isTheirs($0) })
        }
        return found
    }

    private func isTheirs(_ identifier: Identifier) -> Bool {
        if isTheirs(identifier, by: rules) { return true }
        return others.contains { rules in
            rules.normalized(identifier).map { isTheirs($0, by: rules) } ?? false
        }
    }

    private func isTheirs(_ identifier: Identifier, by rules: Rules) -> Bool {
        let hash = key.hash(of: identifier)
        return hashes.contains(hash) || (rules.foldsMailboxes && foldedHashes.contains(hash))
    }
}

import Events
import Identity
import ServiceKit
import Store
import Topics

/// Knows the identifiers of people of whom only hashes are left.
struct KnownByHash {
    private let people: KnownPeople

    /// Knows whom some erasures are of, in a store that is made by rules.
    init(_ erasures: [ControlBook.Erasure], key: SuppressionKey, rules: Rules) {
        people = ForgottenPeople(erasures).known(by: rules, key: key)
    }

    /// Those identifiers in a store that are theirs, and addresses of theirs in what others have.
    func identifiers(in graph: WorkingGraph) throws -> Set<Identifier> {
        var found: Set<Identifier> = []
        let statement =
            "SELECT n.name, i.value FROM identifier i JOIN namespace n ON n.id = i.namespace WHERE i.device IS NULL"
        try graph.db.throughWholeTables {
            try graph.db.each(statement, []) { row in
                let identifier = Identifier(row[0], row[1])
                if people.have(identifier) { found.insert(identifier) }
                return true
            }
        }
        try ForgottenPerson.eachTold(in: graph) { addresses, _, _ in
            found.formUnion(addresses.filter { people.have($0) })
        }
        return found
    }
}

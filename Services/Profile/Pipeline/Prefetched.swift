import Store

/// What the store has of the identifiers that a batch names, read while the batch before it is being written.
struct Prefetched: Sendable {
    /// What to go by.
    struct Request: Sendable {
        /// What need not be read.
        var known: KnownIdentifiers
        /// The ``GraphCache/turn`` whose outcome is certain to be seen.
        var turn: Int
    }

    /// In the order of the batch's ``Mentions``; 0 of one that was not there.
    let numbers: [Int64]
    let nodes: [Int64: Node]
    let memberships: [Int64: Membership]
    let known: KnownIdentifiers
    let turn: Int

    init(_ mentions: Mentions, _ request: Request, _ namespaces: inout NameTable, in db: any SQLConnection) throws {
        known = request.known
        turn = request.turn
        var numbers = known.numbers(of: mentions.keys)
        let unknown = mentions.keys.indices.filter { numbers[$0] == 0 }.map { (key: mentions.keys[$0], place: $0) }
        let reader = GraphReader(db: db)
        try reader.find(unknown) { numbers[$0] = $1 }
        let found = Set(unknown.lazy.map { numbers[$0.place] }.filter { $0 != 0 })
        var nodes = try reader.nodes(found, &namespaces)
        let memberships = try reader.memberships(Set(nodes.values.map(\.profile)))
        let founders = Set(memberships.values.map(\.founder)).subtracting(nodes.keys)
        nodes.merge(try reader.nodes(founders, &namespaces)) { $1 }
        self.numbers = numbers
        self.nodes = nodes
        self.memberships = memberships
    }
}

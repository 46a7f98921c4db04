import Store

/// What the store has of the identifiers that a batch names, read while others are being written.
struct Prefetched: Sendable {
    /// What to go by.
    struct Request: Sendable {
        /// What need not be read.
        var known: KnownIdentifiers
        /// Which of the requests it is: what changes from then on may not have been seen.
        var number: Int
    }

    /// In the order of the batch's ``Mentions``; 0 of one that was not there.
    let numbers: [Int64]
    let nodes: [Int64: Node]
    let memberships: [Int64: Membership]
    let known: KnownIdentifiers
    let number: Int

    init(_ mentions: Mentions, _ request: Request, in db: any SQLConnection) throws {
        var namespaces = NameTable("namespace")
        known = request.known
        number = request.number
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

import Store

/// Reads the evidence that identifiers are connected by, of many at a time, and whom it leads to.
///
/// It is to be used before the evidence itself changes.
final class EvidenceReader {
    /// What the store has for a pair; only of use if it is the row with the facts.
    struct Row {
        var testimony = Testimony(strength: 0, time: 0, source: "", messageID: "")
        /// Why it is rejected; 0 if it is not.
        var rejected: Int64 = 0
    }

    private let graph: WorkingGraph
    private var read: [Int64: [(other: Int64, row: Row)]] = [:]

    /// Reads everything that some identifiers are connected with, as far as a resolution of any of them looks.
    init(around seeds: [Int64], in graph: WorkingGraph) throws {
        self.graph = graph
        try readAll(from: seeds)
    }

    /// The evidence of an identifier, in the order of the others.
    func evidence(of id: Int64) throws -> [(other: Int64, row: Row)] {
        // Somebody's decision may have led to it.
        if read[id] == nil { try readAll(from: [id]) }
        return read[id] ?? []
    }

    private func readAll(from seeds: [Int64]) throws {
        try load(seeds)
        var next = seeds
        while !next.isEmpty {
            let unread = Set(try next.filter { try read[$0] == nil && !graph.isBorder($0) }).sorted()
            try readEvidence(of: unread)
            next = unread.flatMap { read[$0] ?? [] }.map(\.other)
            try load(next)
        }
    }

    private func load(_ ids: [Int64]) throws {
        try graph.loadNodes(ids)
        try graph.loadMemberships(ids.map { try graph.node($0).profile })
        try graph.loadUses(ids.filter(graph.isDevice))
    }

    private func readEvidence(of ids: [Int64]) throws {
        let query = try BulkStatement(
            "SELECT other, strength, time, source, message_id, rejected FROM evidence WHERE identifier = ?",
            in: graph.db
        )
        try query.forEach(ids) { id in
            query.bind(1, id)
        } _: { id in
            read[id] = []
            while try query.step() { read[id]?.append((query.integer(0), try Row(query, graph))) }
        }
    }
}

extension EvidenceReader.Row {
    fileprivate init(_ query: BulkStatement, _ graph: WorkingGraph) throws {
        guard !query.isNull(1) else { return }
        testimony = try Testimony(query, 1, graph)
        rejected = query.integer(5)
    }
}

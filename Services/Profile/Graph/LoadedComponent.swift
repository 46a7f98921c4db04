import Events
import Identity
import Store

/// A connected part of the graph as it is in the store, for a resolution.
struct LoadedComponent {
    /// For each place in the component, the identifier's number.
    private(set) var ids: [Int64] = []
    private(set) var component = Component(members: [], evidence: [])
    /// For each piece of evidence, why the store has it as rejected; 0 if it was not.
    private(set) var rejected: [Int64] = []
    private var places: [Int64: Int] = [:]
    /// Whether only that is loaded which a resolution needs.
    private let isShort: Bool
    /// That evidence, by its place.
    private var shortened: [Int: Sighting] = [:]
    /// Of devices, by their places, whether it matters when something was seen on them.
    private var turned: [Int: Bool] = [:]

    /// Loads everything that some identifiers are connected with.
    ///
    /// What was found to be shared before is a border: it stays shared, whatever lies behind it. What has become shared with
    /// this batch is none: until now it may have joined the others.
    ///
    /// - Parameters:
    ///   - reader: One that has read ahead, if there is.
    ///   - isShort: Whether it is enough to have of each turn on a device what is taken first. The rest of the turn says the
    ///     same of the same two: it makes a difference only where the first was rejected (``complete(_:in:)``). Of most evidence
    ///     to a border it is then enough that there is some, and of that between two none.
    init(
        around seeds: [Int64],
        in graph: WorkingGraph,
        reader: EvidenceReader? = nil,
        isShort: Bool = false
    ) throws {
        self.isShort = isShort
        let reader = try reader ?? EvidenceReader(around: seeds, in: graph)
        for seed in seeds { try place(seed, graph) }
        var next = 0
        while next < ids.count {
            try addDecisions(on: next, graph)
            if !component.members[next].isKnownShared { try expand(next, reader, graph) }
            next += 1
        }
        if !isShort { try joinBorders(seeds, graph) }
    }

    /// The place of an identifier; `nil` if it is not part of this.
    subscript(_ id: Int64) -> Int? { places[id] }

    @discardableResult
    private mutating func place(_ id: Int64, _ graph: WorkingGraph) throws -> Int {
        if let place = places[id] { return place }
        let place = ids.count
        let node = try graph.node(id)
        places[id] = place
        ids.append(id)
        component.members.append(
            Component.Member(
                node.identifier,
                firstSeen: Timestamp(microseconds: node.firstSeen),
                isKnownShared: try graph.isBorder(id)
            )
        )
        if try graph.isDevice(id) { component.uses[place] = try graph.use(of: id) }
        return place
    }

    // MARK: - Evidence

    private mutating func expand(_ place: Int, _ reader: EvidenceReader, _ graph: WorkingGraph) throws {
        let id = ids[place]
        var untold: [Pair] = []
        for (other, row) in try reader.evidence(of: id) {
            let neighbour = try self.place(other, graph)
            // The row with the facts is seen from the lesser end, and a border only from this one.
            guard id < other || component.members[neighbour].isKnownShared else { continue }
            if other < id, needsFacts(place, neighbour) {
                untold.append(Pair(other, id))
            } else {
                try append(row, place, neighbour, reader, graph)
            }
        }
        guard !untold.isEmpty else { return }
        let facts = try graph.stored(untold)
        for pair in untold {
            guard let testimony = facts[pair], let neighbour = places[pair.first] else { continue }
            try append(EvidenceReader.Row(testimony: testimony), place, neighbour, reader, graph)
        }
    }

    /// Adds what there is between seeds that are borders and others, behind none of which anybody looks.
    private mutating func joinBorders(_ seeds: [Int64], _ graph: WorkingGraph) throws {
        let borders = component.members.indices.filter { component.members[$0].isKnownShared }.map { ids[$0] }
        let pairs = Set(
            Set(seeds).intersection(borders).flatMap { seed in borders.filter { $0 != seed }.map { Pair(seed, $0) } }
        )
        for (pair, testimony) in try graph.stored(pairs).sorted(by: { $0.key < $1.key }) {
            guard let left = places[pair.first], let right = places[pair.second] else { continue }
            component.evidence.append(Component.Evidence(left, right, testimony))
            rejected.append(0)
        }
    }

    /// Whether it matters what the evidence between a member and a border is.
    ///
    /// A resolution follows none of it, and needs to know only of aliases, whose names count as one: those are of one namespace.
    private func needsFacts(_ place: Int, _ border: Int) -> Bool {
        !isShort
            || component.members[place].identifier.namespace == component.members[border].identifier.namespace
    }

    /// Adds the evidence of a pair; of several times, where it depends on the time whose it is.
    private mutating func append(
        _ row: EvidenceReader.Row,
        _ left: Int,
        _ right: Int,
        _ reader: EvidenceReader,
        _ graph: WorkingGraph
    ) throws {
        // Towards a border none of it is followed, whenever it was; and on a kiosk it is much.
        let isBorder = component.members[left].isKnownShared || component.members[right].isKnownShared
        let devices = isShort && isBorder ? [] : [left, right].filter { component.uses[$0] != nil }
        var isTimed = false
        for device in devices where !isTimed { isTimed = try hasTurns(device, reader, graph) }
        // Turns are those of both.
        let uses = isTimed ? devices.compactMap { component.uses[$0] } : []
        let sightings = try isTimed ? sightings(of: Pair(ids[left], ids[right]), uses, graph) : []
        for sighting in sightings.isEmpty ? [Sighting(testimony: row.testimony)] : sightings {
            if sighting.turn != nil { shortened[component.evidence.count] = sighting }
            component.evidence.append(Component.Evidence(left, right, sighting.testimony))
            rejected.append(row.rejected)
        }
    }

    /// Whether several people logged in on a device, be it at one moment, of whom one has it from then on.
    private mutating func hasTurns(_ device: Int, _ reader: EvidenceReader, _ graph: WorkingGraph) throws -> Bool {
        if let known = turned[device] { return known }
        let use = component.uses[device] ?? DeviceUse([])
        var hasTurns = use.hasSeveralLogins
        if !hasTurns, use.marks.contains(where: { $0.login != nil }), !component.members[device].isKnownShared {
            let logins = try reader.evidence(of: ids[device]).filter { neighbour in
                try graph.rules[graph.node(neighbour.other).identifier.namespace].isLogin
            }
            hasTurns = logins.count > 1
        }
        turned[device] = hasTurns
        return hasTurns
    }

    private func sightings(of pair: Pair, _ uses: [DeviceUse], _ graph: WorkingGraph) throws -> [Sighting] {
        guard isShort else { return try graph.sightings(of: pair).map { Sighting(testimony: $0) } }
        // No more than there may be turns: most pairs have a few, and a kiosk's turns are many to be put in order.
        let most = uses.reduce(1) { $0 + $1.marks.count }
        let few = try graph.sightings(of: pair, atMost: most + 1)
        if few.count <= most { return few.map { Sighting(testimony: $0) } }
        return try graph.firstSightings(of: pair, in: DeviceUse.turns(on: uses))
    }

    /// Adds the rest of the turns whose first evidence, given by its places, was rejected: what comes later may be followed, or
    /// be rejected for another reason.
    ///
    /// Returns whether there was anything to add.
    mutating func complete(_ places: [Int], in graph: WorkingGraph) throws -> Bool {
        let count = component.evidence.count
        for place in places {
            guard let first = shortened.removeValue(forKey: place), let turn = first.turn else { continue }
            let (left, right) = (component.evidence[place].left, component.evidence[place].right)
            for testimony in try graph.sightings(of: Pair(ids[left], ids[right]), within: turn)
            where SightingKey(testimony) != SightingKey(first.testimony) {
                component.evidence.append(Component.Evidence(left, right, testimony))
                rejected.append(rejected[place])
            }
        }
        return component.evidence.count > count
    }

    // MARK: - Decisions

    private mutating func addDecisions(on place: Int, _ graph: WorkingGraph) throws {
        for decision in try graph.decisions(on: ids[place]) {
            let neighbour = try self.place(decision.other, graph)
            guard place < neighbour else { continue }
            component.decisions.append(
                Component.Decision(
                    place,
                    neighbour,
                    decision.verdict,
                    time: Timestamp(microseconds: decision.time),
                    id: decision.id
                )
            )
        }
    }
}

extension Component.Evidence {
    /// What the store has for two members.
    init(_ left: Int, _ right: Int, _ testimony: Testimony) {
        self.init(
            left,
            right,
            strength: Strength(testimony.strength),
            time: Timestamp(microseconds: testimony.time),
            source: testimony.source,
            messageID: testimony.messageID
        )
    }
}

extension Testimony {
    /// Strength, time, source and message id, from a column on.
    init(_ query: BulkStatement, _ column: Int32, _ graph: WorkingGraph) throws {
        strength = query.integer(column)
        time = query.integer(column + 1)
        source = try graph.cache.sources.name(of: query.integer(column + 2), in: graph.db)
        messageID = query.text(column + 3)
    }
}

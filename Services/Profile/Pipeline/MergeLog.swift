import Events
import GRDB
import Store
import Topics

/// Writes down what of a batch's changes made two profiles of one, one of two, or gave one another id (``Schema/mergeLog``).
final class MergeLog {
    /// What happened to a profile's identity, as the log has it.
    enum Kind: String, CaseIterable {
        /// It took in the identifiers of other profiles.
        case merged
        /// Identifiers went to other profiles, or came from one that others are in now.
        case split
        /// It goes by another identifier.
        case renamed
    }

    private let graph: WorkingGraph
    private let now: Timestamp
    private var batch: Int64?
    private lazy var causes = Result { try BatchCauses(graph) }

    init(graph: WorkingGraph, now: Timestamp) {
        self.graph = graph
        self.now = now
    }

    /// Writes down what became of a profile, unless it has no more than new events or identifiers.
    func add(_ story: ChangeAssembly.Story, of profile: Int64, as key: Key128, _ events: [Change.Event]) throws {
        guard let kind = Kind(story) else { return }
        let cause = try cause(of: kind, story, profile, events)
        let insert = try BulkStatement(
            """
            INSERT INTO merge_log (id, batch, time, kind, key, former, origins, results, source, message_id, decision)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            in: graph.db
        )
        let id = try lastID() + 1
        batch = batch ?? id
        insert.bind(1, id)
        insert.bind(2, batch ?? id)
        insert.bind(3, now.microseconds)
        insert.bind(4, kind.rawValue)
        insert.bind(5, key.bytes)
        insert.bind(6, story.former.flatMap(\.bytes))
        insert.bind(7, try story.origins.map(formerKey).sorted().flatMap(\.bytes))
        insert.bind(8, try results(of: story, profile).sorted().flatMap(\.bytes))
        try bind(cause, to: insert)
        try insert.run()
    }

    private func lastID() throws -> Int64 {
        let query = try BulkStatement("SELECT max(id) FROM merge_log", in: graph.db)
        defer { query.reset() }
        return try query.step() ? query.integer(0) : 0
    }

    private func bind(_ cause: Cause?, to insert: BulkStatement) throws {
        for column in Int32(9)...11 { insert.bindNull(column) }
        switch cause {
        case .event(let source, let messageID)?:
            insert.bind(9, try graph.cache.sources.id(of: source, in: graph.db))
            insert.bind(10, messageID)
        case .decision(let id)?: insert.bind(11, id)
        case nil: break
        }
    }

    // MARK: - Before and after

    private func formerKey(_ profile: Int64) throws -> Key128 {
        try graph.key(of: graph.originals[profile]?.founder ?? graph.membership(profile).founder)
    }

    /// The ids of the profiles that those are in now who were in the same profiles before.
    private func results(of story: ChangeAssembly.Story, _ profile: Int64) throws -> [Key128] {
        var profiles: Set<Int64> = [profile]
        for origin in story.origins {
            for member in graph.originals[origin]?.members ?? [] where !graph.removed.contains(member) {
                profiles.insert(try graph.node(member).profile)
            }
        }
        return try profiles.map { try graph.key(of: graph.membership($0).founder) }
    }

    // MARK: - Why

    private func cause(
        of kind: Kind,
        _ story: ChangeAssembly.Story,
        _ profile: Int64,
        _ events: [Change.Event]
    ) throws -> Cause? {
        let causes = try causes.get()
        let known =
            switch kind {
            case .merged: try causes.joining(profile, of: story.origins)
            case .renamed: try redating(profile, events)
            case .split: nil as Cause?
            }
        return known ?? causes.only(story.origins.union([profile]))
    }

    /// The event by which the founder was seen as early as it now is.
    private func redating(_ profile: Int64, _ events: [Change.Event]) throws -> Cause? {
        let founder = try graph.node(graph.membership(profile).founder)
        let first = events.filter { $0.time.microseconds == founder.firstSeen }
        let own = first.filter { $0.anchor == founder.identifier }
        return (own.isEmpty ? first : own).map { .event(source: $0.source, messageID: $0.messageID) }.min()
    }
}

extension MergeLog.Kind {
    /// `nil` when nothing happened to the profile's identity.
    fileprivate init?(_ story: ChangeAssembly.Story) {
        switch story.kind {
        case .merged: self = .merged
        case .split: self = .split
        case .updated where !story.former.isEmpty: self = .renamed
        case .created, .updated: return nil
        }
    }
}

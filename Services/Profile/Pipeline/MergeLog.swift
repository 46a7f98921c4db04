import Events
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
    /// The last line that was written.
    private var last: Int64?
    private lazy var causes = Result { try BatchCauses(graph) }
    /// What became of everybody who was in some profiles before: of thousands who were in one each asks.
    private var descendants: [Set<Int64>: [Key128]] = [:]

    init(graph: WorkingGraph, now: Timestamp) {
        self.graph = graph
        self.now = now
    }

    /// Writes down what became of a profile, unless it has no more than new events or identifiers.
    func add(_ story: ChangeAssembly.Story, of profile: Int64, as key: Key128, _ events: [Change.Event]) throws {
        guard let kind = Kind(story) else { return }
        let id = try (last ?? Entry.lastID(in: graph.db)) + 1
        last = id
        batch = batch ?? id
        let cause = try cause(of: kind, story, profile, events)
        let entry = Entry(
            id: id,
            batch: batch ?? id,
            time: now,
            kind: kind,
            key: key,
            former: story.former,
            origins: try story.origins.map(formerKey).sorted(),
            results: Entry.told(key, among: try results(of: story.origins)),
            cause: cause,
            isWithdrawn: isWithdrawn(cause)
        )
        try entry.insert(in: graph.db, source: source(of: cause))
    }

    private func source(of cause: Cause?) throws -> Int64? {
        guard case .event(let source, _)? = cause else { return nil }
        return try graph.cache.sources.id(of: source, in: graph.db)
    }

    /// Whether a cause is a decision that holds no longer, so that what it had done is undone.
    private func isWithdrawn(_ cause: Cause?) -> Bool {
        guard case .decision(let id)? = cause else { return false }
        return !graph.cache.decided.holds(id)
    }

    // MARK: - Before and after

    private func formerKey(_ profile: Int64) throws -> Key128 {
        try graph.key(of: graph.originals[profile]?.founder ?? graph.membership(profile).founder)
    }

    /// The ids of the profiles that those are in now who were in some profiles before.
    private func results(of origins: Set<Int64>) throws -> [Key128] {
        if let known = descendants[origins] { return known }
        var profiles: Set<Int64> = []
        for origin in origins {
            for member in graph.originals[origin]?.members ?? [] where !graph.removed.contains(member) {
                profiles.insert(try graph.node(member).profile)
            }
        }
        let keys = try profiles.map { try graph.key(of: graph.membership($0).founder) }.sorted()
        descendants[origins] = keys
        return keys
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
        self.init(story.kind, hasFormer: !story.former.isEmpty)
    }

    /// `nil` for a change that is none of the profile's identity.
    init?(_ change: Change.Kind, hasFormer: Bool) {
        switch change {
        case .merged: self = .merged
        case .split: self = .split
        case .updated where hasFormer: self = .renamed
        case .created, .updated: return nil
        }
    }
}

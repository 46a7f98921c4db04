import Events
import Identity
import IdentityRules
import Store

/// What somebody wants rebuilt.
struct RebuildRequest: Equatable, Sendable {
    /// By which rules.
    var rules: Rules
    /// Whether only to find out what would change.
    var isDryRun: Bool
    /// When it was asked for; also its name.
    var startedAt: Timestamp
    /// Whether the new store may do without what retention has removed from the log.
    var acceptsLoss: Bool

    init(rules: Rules, isDryRun: Bool, startedAt: Timestamp, acceptsLoss: Bool = false) {
        self.rules = rules
        self.isDryRun = isDryRun
        self.startedAt = startedAt
        self.acceptsLoss = acceptsLoss
    }

    /// Whether what retention has removed is passed over; a report says how much that is.
    var passesOverGaps: Bool { isDryRun || acceptsLoss }

    /// What a store that is being rebuilt says of it; the rules stand there by themselves.
    var note: [UInt8] {
        JSONWriter.object { writer in
            writer.field("dryRun", isDryRun)
            writer.field("startedAt", startedAt)
            writer.field("despiteRetention", acceptsLoss)
        }
    }

    /// Reads a ``note``; `nil` for anything else.
    init?(note: [UInt8], rules: Rules) {
        guard let json = try? JSONDocument(note).root, let isDryRun = json["dryRun"]?.bool,
            let startedAt = json["startedAt"]?.string.flatMap({ Timestamp($0) })
        else { return nil }
        // Notes did not always say it; then it was only asked before the rebuild was begun.
        let acceptsLoss = json["despiteRetention"]?.bool ?? true
        self.init(rules: rules, isDryRun: isDryRun, startedAt: startedAt, acceptsLoss: acceptsLoss)
    }
}

// MARK: - In the store in use

extension RebuildRequest {
    private static let wanted = "wanted"
    private static let wantedRules = "wanted.rules"

    /// What is to be rebuilt beside a store, whether or not it was begun; `nil` if this version cannot read by which rules.
    static func kept(in db: any SQLConnection) throws -> RebuildRequest? {
        guard let note = try Meta.bytes(wanted, in: db), let text = try Meta.text(wantedRules, in: db),
            let rules = try? Rules(yaml: text)
        else { return nil }
        return RebuildRequest(note: note, rules: rules)
    }

    /// Notes it in the store in use: from now on it is done, whatever becomes of this process.
    func keep(in db: any SQLConnection) throws {
        try Meta.set(Self.wanted, note, in: db)
        try Meta.set(Self.wantedRules, rules.canonicalText, in: db)
    }

    /// Nothing is to be rebuilt any more.
    static func forget(in db: any SQLConnection) throws {
        for name in [wanted, wantedRules] { try Meta.remove(name, in: db) }
    }
}

extension LiveStore {
    /// Notes that nothing is to be rebuilt any more; returns why that could not be noted.
    func forgetRequest() throws -> (any Error)? {
        let outcome: Result<Void, any Error> = Result { try store.write { try RebuildRequest.forget(in: $0) } }
        guard case .failure(let error) = outcome else { return nil }
        // Told to stop while the server is away: the next process goes on.
        if error is CancellationError { throw error }
        return error
    }
}

import Events
import Identity

/// What somebody wants rebuilt.
struct RebuildRequest: Equatable, Sendable {
    /// By which rules.
    var rules: Rules
    /// Whether only to find out what would change.
    var isDryRun: Bool
    /// When it was asked for; also its name.
    var startedAt: Timestamp

    init(rules: Rules, isDryRun: Bool, startedAt: Timestamp) {
        self.rules = rules
        self.isDryRun = isDryRun
        self.startedAt = startedAt
    }

    /// What a store that is being rebuilt says of it; the rules stand there by themselves.
    var note: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("dryRun", isDryRun)
        writer.field("startedAt", startedAt)
        writer.endObject()
        return writer.bytes
    }

    /// Reads a ``note``; `nil` for anything else.
    init?(note: [UInt8], rules: Rules) {
        guard let json = try? JSONDocument(note).root, let isDryRun = json["dryRun"]?.bool,
            let startedAt = json["startedAt"]?.string.flatMap({ Timestamp($0) })
        else { return nil }
        self.init(rules: rules, isDryRun: isDryRun, startedAt: startedAt)
    }
}

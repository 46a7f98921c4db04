import Events

/// How a rebuild stands.
struct RebuildStatus: Equatable, Sendable {
    /// Where it is, or how it ended.
    enum State: String, Sendable {
        /// There is none, and the process knows of none.
        case none
        case running
        case done
        case failed
        case aborted
    }

    /// What is being done.
    enum Phase: String, Sendable {
        /// Events are taken in; progress counts them.
        case reading
        /// The two stores are compared; progress counts profiles.
        case comparing
        /// The store in use stands still for a moment.
        case switching
    }

    var state = State.none
    var phase = Phase.reading
    var isDryRun = false
    var startedAt: Timestamp?
    var finishedAt: Timestamp?
    var done: Int64 = 0
    var total: Int64 = 0
    var report: RebuildReport?
    /// Why it failed.
    var problem: String?

    init() {}

    /// One that begins, or goes on.
    init(_ request: RebuildRequest) {
        state = .running
        isDryRun = request.isDryRun
        startedAt = request.startedAt
    }

    /// Writes the schema `Rebuild`; briefly, without the report.
    func write(to writer: inout JSONWriter, isBrief: Bool = false) {
        writer.beginObject()
        writer.field("state", state.rawValue)
        if let startedAt {
            writer.field("dryRun", isDryRun)
            writer.field("startedAt", startedAt)
        }
        if let finishedAt { writer.field("finishedAt", finishedAt) }
        if state == .running {
            writer.field("phase", phase.rawValue)
            writer.key("progress")
            writer.beginObject()
            writer.field("done", done)
            writer.field("total", total)
            writer.endObject()
        }
        if let problem { writer.field("problem", problem) }
        if let report, !isBrief {
            writer.key("report")
            report.write(to: &writer)
        }
        writer.endObject()
    }
}

extension RebuildStatus {
    /// Reads what ``write(to:)`` wrote of one that was done, but for examples; `nil` for anything else.
    init?(note: [UInt8]) {
        guard let json = try? JSONDocument(note).root,
            let state = json["state"]?.string.flatMap({ State(rawValue: $0) }),
            let startedAt = json["startedAt"]?.string.flatMap({ Timestamp($0) })
        else { return nil }
        self.state = state
        self.startedAt = startedAt
        finishedAt = json["finishedAt"]?.string.flatMap { Timestamp($0) }
        isDryRun = json["dryRun"]?.bool ?? false
        report = json["report"].map { RebuildReport(note: $0) }
    }
}

extension RebuildReport {
    fileprivate init(note json: JSONView) {
        for (name, path) in Counts.paths { counts[keyPath: path] = json[name]?.int64 ?? 0 }
        refused = json["refusedRecords"]?.int64 ?? 0
        missing = json["missingRecords"]?.int64 ?? 0
    }
}

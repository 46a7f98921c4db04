import Events
import Store

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

    /// Why it cannot be ended now, if it cannot.
    var reasonNotToAbort: RebuildError? {
        guard state == .running else { return .nothingUnderWay }
        return phase == .switching ? .tooLate : nil
    }

    /// Examples name people, and are to be seen no longer than this, in microseconds.
    private static let exhibition: Int64 = 3_600_000_000

    /// Leaves out the examples once they were there to be seen for long enough, or somebody was forgotten since.
    mutating func concealExamples(at now: Timestamp, lastForgetting: Timestamp?) {
        guard let finishedAt else { return }
        let age = now.microseconds - finishedAt.microseconds
        // By a clock that was set back it cannot be told how long they were there.
        let isOver = age < 0 || age > Self.exhibition
        if isOver || lastForgetting.map({ $0 >= finishedAt }) ?? false { report?.examples = [:] }
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
            writer.object("progress") { writer in
                writer.field("done", done)
                writer.field("total", total)
            }
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
    /// Under what name a store says of which rebuild it came.
    static let rebuilt = "rebuilt"

    /// Of which rebuild a store came; `nil` if of none.
    static func last(in db: any SQLConnection) throws -> RebuildStatus? {
        try Meta.bytes(rebuilt, in: db).flatMap { RebuildStatus(note: $0) }
    }

    /// Reads what ``write(to:isBrief:)`` wrote of one that was begun; `nil` for anything else.
    init?(note: [UInt8]) {
        guard let json = try? JSONDocument(note).root,
            let state = json["state"]?.string.flatMap({ State(rawValue: $0) }),
            let startedAt = json["startedAt"]?.string.flatMap({ Timestamp($0) })
        else { return nil }
        self.state = state
        self.startedAt = startedAt
        finishedAt = json["finishedAt"]?.string.flatMap { Timestamp($0) }
        isDryRun = json["dryRun"]?.bool ?? false
        phase = json["phase"]?.string.flatMap { Phase(rawValue: $0) } ?? .reading
        done = json["progress"]?["done"]?.int64 ?? 0
        total = json["progress"]?["total"]?.int64 ?? 0
        problem = json["problem"]?.string
        report = json["report"].map { RebuildReport(note: $0) }
    }
}

extension RebuildReport {
    fileprivate init(note json: JSONView) {
        for (name, path) in Counts.paths { counts[keyPath: path] = json[name]?.int64 ?? 0 }
        refused = json["refusedRecords"]?.int64 ?? 0
        missing = json["missingRecords"]?.int64 ?? 0
        for kind in FindingKind.allCases {
            examples[kind] = json["examples"]?[kind.rawValue]?.list.map { Example(note: $0) }
        }
    }
}

extension RebuildReport.Example {
    fileprivate init(note json: JSONView) {
        let persons = ["before", "after"].map { name in
            (json[name]?.list ?? []).map { person in
                Person(
                    id: person["id"]?.string ?? "",
                    identifiers: (person["identifiers"]?.list ?? []).compactMap(\.string),
                    eventCount: person["eventCount"]?.int64 ?? 0,
                    lastSeen: person["lastSeen"]?.string.flatMap { Timestamp($0) }
                )
            }
        }
        (before, after) = (persons[0], persons[1])
        traits = (json["traits"]?.list ?? []).compactMap(\.string)
    }
}

extension JSONView {
    fileprivate var list: [JSONView] { Array(elements) }
}

import Events

/// What became of a request's events, for the answer.
struct Receipt: Sendable {
    /// Something to say about one event.
    struct Note: Sendable, Equatable {
        var index: Int
        var messageID: String?
        var code: String
        var message: String
    }

    /// How many notes of a kind an answer has at most; the counts are always exact.
    static let noteLimit = 1000

    private(set) var accepted = 0
    private(set) var rejectedCount = 0
    private(set) var rejected: [Note] = []
    private(set) var warnings: [Note] = []
    /// The message ids in the order of the events, where the answer is by them.
    private(set) var messageIDs: [String?] = []
    private let keepsIDs: Bool

    init(keepsIDs: Bool) {
        self.keepsIDs = keepsIDs
    }

    /// Notes an event that was taken.
    mutating func accept(_ index: Int, messageID: String, warnings: [Warning]) {
        accepted += 1
        if keepsIDs { messageIDs.append(messageID) }
        for warning in warnings where self.warnings.count < Self.noteLimit {
            self.warnings.append(
                Note(index: index, messageID: messageID, code: warning.code.rawValue, message: warning.message)
            )
        }
    }

    /// Notes an event that was not.
    mutating func reject(_ index: Int, messageID: String?, _ refusal: Refusal) {
        rejectedCount += 1
        if keepsIDs { messageIDs.append(messageID) }
        // An answer by message id must not pass over any of them.
        guard keepsIDs || rejected.count < Self.noteLimit else { return }
        rejected.append(
            Note(index: index, messageID: messageID, code: refusal.code.rawValue, message: refusal.message)
        )
    }

    /// Notes something about the request as a whole.
    mutating func warn(_ warning: Warning) {
        warnings.append(Note(index: -1, messageID: nil, code: warning.code.rawValue, message: warning.message))
    }
}

// MARK: - Shapes

extension Receipt {
    /// The answer that Segment's and RudderStack's clients expect: `{"success":true,…}`.
    var segmentBody: [UInt8] { body { $0.field("success", true) } }

    /// The answer that PostHog's clients expect: `{"status":1,…}`.
    var posthogBody: [UInt8] { body { $0.field("status", 1) } }

    /// The answer with a result by message id, after PostHog's Capture V1.
    var resultsBody: [UInt8] {
        body { writer in
            writer.field("success", true)
            writer.object("results", writeResults)
        }
    }

    private func body(_ begin: (inout JSONWriter) -> Void) -> [UInt8] {
        JSONWriter.object(capacity: 128) { writer in
            begin(&writer)
            writer.field("accepted", accepted)
            write(rejected, as: "rejected", to: &writer)
            if rejectedCount > rejected.count { writer.field("rejectedCount", rejectedCount) }
            write(warnings, as: "warnings", to: &writer)
        }
    }

    private func write(_ notes: [Note], as key: String, to writer: inout JSONWriter) {
        writer.objects(key, of: notes) { note, writer in
            if note.index >= 0 { writer.field("index", note.index) }
            if let messageID = note.messageID { writer.field("messageId", messageID) }
            writer.field("code", note.code)
            writer.field("message", note.message)
        }
    }

    private func writeResults(to writer: inout JSONWriter) {
        let refusals = Dictionary(rejected.map { ($0.index, $0.message) }) { first, _ in first }
        let remarks = Dictionary(warnings.map { ($0.index, $0.message) }) { first, _ in first }
        var seen: Set<String> = []
        for (index, id) in messageIDs.enumerated() {
            guard let id, seen.insert(id).inserted else { continue }
            writer.object(id) { writer in
                let details = refusals[index] ?? remarks[index]
                writer.field("result", refusals[index] != nil ? "drop" : remarks[index] != nil ? "warning" : "ok")
                if let details { writer.field("details", details) }
            }
        }
    }
}

/// How a stream is made.
struct StreamConfiguration: Encodable, Sendable {
    var name: String
    var subjects: [String]
    var replicas: Int
    /// Whether the servers keep only the last message of each subject.
    var keepsLast = false

    private enum CodingKeys: String, CodingKey {
        case name
        case subjects
        case replicas = "num_replicas"
        case retention
        case storage
        case discard
        case maxMessagesPerSubject = "max_msgs_per_subject"
        case allowsDirect = "allow_direct"
        case duplicateWindow = "duplicate_window"
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(name, forKey: .name)
        try fields.encode(subjects, forKey: .subjects)
        try fields.encode(replicas, forKey: .replicas)
        try fields.encode("limits", forKey: .retention)
        try fields.encode("file", forKey: .storage)
        // A full server refuses; it removes nothing.
        try fields.encode("new", forKey: .discard)
        try fields.encode(keepsLast ? 1 : -1, forKey: .maxMessagesPerSubject)
        try fields.encode(true, forKey: .allowsDirect)
        // Nanoseconds. What keeps appends from being stored twice is the expected sequence, which knows no window.
        try fields.encode(10_000_000_000, forKey: .duplicateWindow)
    }
}

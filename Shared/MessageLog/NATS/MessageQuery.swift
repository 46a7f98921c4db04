/// Which message of a stream is meant.
struct MessageQuery: Encodable, Sendable {
    var sequence: UInt64?
    var lastOf: String?
    var nextOf: String?

    private enum CodingKeys: String, CodingKey {
        case sequence = "seq"
        case lastOf = "last_by_subj"
        case nextOf = "next_by_subj"
    }
}

import FoundationEssentials

/// What JetStream's answers have in common: an error, or what was asked for.
struct JetStreamAnswer: Decodable {
    struct Failure: Decodable {
        var code: Int
        var errorCode: Int
        var description: String

        private enum CodingKeys: String, CodingKey {
            case code
            case errorCode = "err_code"
            case description
        }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            code = try fields.decode(Int.self, forKey: .code)
            errorCode = try fields.decodeIfPresent(Int.self, forKey: .errorCode) ?? 0
            description = try fields.decodeIfPresent(String.self, forKey: .description) ?? ""
        }
    }

    var error: Failure?
}

/// The acknowledgement of a message.
struct PublishAnswer: Decodable {
    var seq: UInt64
    var duplicate: Bool?
}

/// What a stream holds.
struct StreamInfo: Decodable, Sendable {
    struct State: Decodable, Sendable {
        var bytes: Int
        var lastSequence: UInt64
        /// By subject, how many messages; only when it was asked for.
        var subjects: [String: Int]?

        private enum CodingKeys: String, CodingKey {
            case bytes
            case lastSequence = "last_seq"
            case subjects
        }
    }

    struct Cluster: Decodable, Sendable {
        struct Replica: Decodable, Sendable {
            var current: Bool
            var offline: Bool?
            var lag: UInt64?
            /// Nanoseconds since the leader heard of it.
            var active: Int64?

            var isBehind: Bool { offline != true && (!current || (lag ?? 0) > 0) }

            /// Whether it could not take the leader's place soon.
            ///
            /// One that is up to date is seldom `current` while messages come in, and one that was killed is not `offline` for minutes. A
            /// writer has one message under way, so who lacks more than a few is not just about to store them.
            var isMissing: Bool {
                if offline == true { return true }
                return !current && ((active ?? 0) > 10_000_000_000 || (lag ?? 0) > 100)
            }
        }

        var replicas: [Replica]?
    }

    struct Configuration: Decodable, Sendable {
        var replicas: Int

        private enum CodingKeys: String, CodingKey {
            case replicas = "num_replicas"
        }
    }

    var state: State
    var cluster: Cluster?
    var config: Configuration

    /// The copies of the stream, of which there should be as many as it says itself, and at least so many.
    ///
    /// Who answers for a stream has it.
    func replicas(wanted: Int) -> Replicas {
        let wanted = max(wanted, config.replicas)
        let present = 1 + (cluster?.replicas ?? []).count(where: { !$0.isMissing })
        return Replicas(wanted: wanted, missing: max(0, wanted - present))
    }
}

/// A message in the form that the leader gives it in.
struct StoredMessageAnswer: Decodable, Sendable {
    struct Message: Decodable, Sendable {
        var seq: UInt64
        var data: String?
        var hdrs: String?

        var payload: [UInt8] { data.flatMap { Data(base64Encoded: $0) }.map(Array.init) ?? [] }

        /// Whether it stands for a key that was removed.
        var isRemoval: Bool {
            guard let headers = hdrs.flatMap({ Data(base64Encoded: $0) }) else { return false }
            return String(decoding: headers, as: UTF8.self).contains("KV-Operation")
        }
    }

    var message: Message
}

/// The names of streams, a page of them.
struct StreamNamesAnswer: Decodable, Sendable {
    var total: Int
    var streams: [String]?
}

/// An answer that says no more than that it was done.
struct DoneAnswer: Decodable, Sendable {
    var success: Bool?
}

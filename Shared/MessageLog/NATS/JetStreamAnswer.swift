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

            var isBehind: Bool { offline != true && (!current || (lag ?? 0) > 0) }
        }

        var replicas: [Replica]?
    }

    var state: State
    var cluster: Cluster?
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

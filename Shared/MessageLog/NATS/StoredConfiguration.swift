/// How a stream is made that there is, with whatever the servers and their administrators have set.
struct StoredConfiguration: Decodable, Sendable {
    private static let replicas = "num_replicas"
    private var config: [String: JSONField]

    /// The same with so many replicas; `nil` if it has as many.
    func raised(to count: Int) -> [String: JSONField]? {
        guard case .integer(let present)? = config[Self.replicas], present < Int64(count) else { return nil }
        return config.merging([Self.replicas: .integer(Int64(count))]) { $1 }
    }
}

/// Any JSON, to be sent back as it came.
enum JSONField: Codable, Sendable {
    case null
    case flag(Bool)
    case integer(Int64)
    case number(Double)
    case text(String)
    case list([JSONField])
    case fields([String: JSONField])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let flag = try? value.decode(Bool.self) {
            self = .flag(flag)
        } else if let integer = try? value.decode(Int64.self) {
            self = .integer(integer)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let list = try? value.decode([JSONField].self) {
            self = .list(list)
        } else {
            self = .fields(try value.decode([String: JSONField].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .null: try value.encodeNil()
        case .flag(let flag): try value.encode(flag)
        case .integer(let integer): try value.encode(integer)
        case .number(let number): try value.encode(number)
        case .text(let text): try value.encode(text)
        case .list(let list): try value.encode(list)
        case .fields(let fields): try value.encode(fields)
        }
    }
}

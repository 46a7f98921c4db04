import Events
import Store

/// The place behind one profile in a sorted list: what it was sorted by, and its id.
struct SearchCursor: Sendable, Equatable {
    /// One for each key of the order.
    let values: [SQLValue]
    /// The profile's key in the store.
    let profile: Int64

    init(values: [SQLValue], profile: Int64) {
        self.values = values
        self.profile = profile
    }

    /// Reads what ``text`` wrote; `nil` for anything else.
    init?(_ text: String) {
        guard let bytes = Base64.decode(either: text), case .array(let parts)? = try? JSONValue(parsing: bytes),
            case .number(let number)? = parts.last, let profile = number.int64
        else { return nil }
        var values: [SQLValue] = []
        for part in parts.dropLast() {
            guard let value = SQLValue(scalar: part) else { return nil }
            values.append(value)
        }
        self.init(values: values, profile: profile)
    }

    /// The cursor in the URL-safe alphabet of Base64, without padding.
    var text: String {
        let parts = values.map(\.scalar) + [.number(JSONNumber(profile))]
        return Base64.encodeForURL(JSONValue.array(parts).bytes)
    }
}

extension SQLValue {
    /// The value of a JSON scalar in a query; `nil` for a list or an object.
    init?(scalar: JSONValue) {
        switch scalar {
        case .null: self = .null
        case .bool(let value): self = value.sqlValue
        case .number(let number): self = number.int64?.sqlValue ?? number.double.sqlValue
        case .string(let text): self = text.sqlValue
        case .array, .object: return nil
        }
    }

    fileprivate var scalar: JSONValue {
        switch self {
        case .integer(let value): .number(JSONNumber(value))
        case .real(let value): Self.number(value)
        case .text(let text): .string(text)
        case .null, .bytes: .null
        }
    }

    /// JSON has no word for what is beyond all floating-point numbers, but digits that mean it.
    private static func number(_ value: Double) -> JSONValue {
        let number = JSONNumber(value) ?? JSONNumber(value > 0 ? "1e999" : "-1e999")
        return number.map(JSONValue.number) ?? .null
    }
}

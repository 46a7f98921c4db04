public import Events
import Yams

extension YAMLField {
    /// The value as JSON would have it.
    public var json: JSONValue { node.json }

    /// Whether nothing is said.
    public var isNull: Bool { node.scalar?.plainValue == .null }
}

extension Node {
    fileprivate var json: JSONValue {
        switch self {
        case .scalar(let scalar): return scalar.plainValue ?? .string(scalar.string)
        case .sequence(let sequence): return .array(sequence.map(\.json))
        case .mapping(let mapping):
            var members: [String: JSONValue] = [:]
            for (key, node) in mapping { members[key.scalar?.string ?? ""] = node.json }
            return .object(members)
        // The composer has put what it stands for in its place.
        case .alias: return .null
        }
    }
}

extension Node.Scalar {
    /// The null, truth value or number that it is; `nil` for a text.
    var plainValue: JSONValue? {
        guard style == .plain || style == .any else { return nil }
        switch string {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        default: return JSONNumber(string).map(JSONValue.number)
        }
    }
}

import Events
import Yams

/// Reads YAML as JSON values: only what is written plainly is a number, a truth value or nothing; digits stay as written.
enum YAMLReader {
    static func read(_ text: String) throws -> JSONValue {
        guard let node = try Yams.compose(yaml: text) else { return .null }
        return value(of: node)
    }

    private static func value(of node: Node) -> JSONValue {
        switch node {
        case .scalar(let scalar): return value(of: scalar)
        case .sequence(let sequence): return .array(sequence.map(value))
        case .mapping(let mapping):
            var members: [String: JSONValue] = [:]
            for (key, node) in mapping { members[key.string ?? ""] = value(of: node) }
            return .object(members)
        // The composer has put what it stands for in its place.
        case .alias: return .null
        }
    }

    private static func value(of scalar: Node.Scalar) -> JSONValue {
        guard scalar.style == .plain || scalar.style == .any else { return .string(scalar.string) }
        switch scalar.string {
        case "", "~", "null": return .null
        case "true": return .bool(true)
        case "false": return .bool(false)
        default: return JSONNumber(scalar.string).map(JSONValue.number) ?? .string(scalar.string)
        }
    }
}

import Events
import HTTPTypes
import Hummingbird
import Logging
import ServiceKit
import Topics

/// One request as an operation sees it: admitted, its address taken apart, and its parameters checked.
struct Call: Sendable {
    let request: Request
    /// The variables of the path, decoded.
    let path: [String: String]
    let query: Query
    /// The key that it came with; `nil` where none is needed.
    let key: GrantedKey?
    let limits: APILimits
    let now: Timestamp

    /// The body as a JSON object, of which only these keys are known.
    func object(_ known: [String]) async throws -> JSONView {
        let bytes = try await request.bytes(upTo: limits.bodyBytes)
        let root: JSONView
        do {
            root = try JSONDocument(bytes).root
        } catch {
            throw APIError.badRequest("invalid_json", "\(error)")
        }
        guard root.kind == .object else { throw APIError.badRequest("invalid_body", "The body must be a JSON object.") }
        for (key, _) in root.members where !known.contains(key) {
            throw APIError.badRequest(
                "unknown_field",
                "“\(key)” is not a field here; known are \(known.sorted().joined(separator: ", "))."
            )
        }
        return root
    }
}

extension JSONView {
    /// The text under a key; refused when there is something else.
    func text(_ key: String) throws -> String? {
        guard let view = self[key] else { return nil }
        guard let text = view.string else { throw APIError.badRequest("invalid_field", "“\(key)” must be a string.") }
        return text
    }

    /// The truth value under a key; refused when there is something else.
    func flag(_ key: String) throws -> Bool? {
        guard let view = self[key] else { return nil }
        guard let flag = view.bool else {
            throw APIError.badRequest("invalid_field", "“\(key)” must be true or false.")
        }
        return flag
    }

    /// The whole number under a key; refused when there is something else, or one out of range.
    func integer(_ key: String, in range: ClosedRange<Int>, default standard: Int) throws -> Int {
        guard let view = self[key] else { return standard }
        guard let number = view.int64.map({ Int($0) }), range.contains(number) else {
            throw APIError.badRequest(
                "invalid_field",
                "“\(key)” must be a whole number from \(range.lowerBound) to \(range.upperBound)."
            )
        }
        return number
    }
}

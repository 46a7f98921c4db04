import ConnectorKit
import Events

/// Compares what came with what was expected, and says in words what is different.
enum Matching {
    /// What is different in a value of which the expected members must be there at least; `nil` when it fits.
    static func difference(_ expected: JSONValue, _ actual: JSONValue?, at place: String) -> String? {
        switch (expected, actual) {
        case (.null, nil): return nil
        case (.object(let members), .object(let found)?):
            for (name, value) in members.sorted(by: { $0.key < $1.key }) {
                if let problem = difference(value, found[name], at: place.isEmpty ? name : "\(place).\(name)") {
                    return problem
                }
            }
            return nil
        case (.array(let elements), .array(let found)?):
            guard elements.count == found.count else {
                return "\(place) has \(found.count) elements, not \(elements.count): \(shown(actual))"
            }
            // In any order: what an object's members become has none.
            var left = found
            for element in elements {
                guard let index = left.firstIndex(where: { difference(element, $0, at: "") == nil }) else {
                    return "\(place) has no \(shown(element)), but \(shown(actual))"
                }
                left.remove(at: index)
            }
            return nil
        case (.number(let number), .string(let text)?) where place.hasSuffix("id") && number.text == text: return nil
        default:
            return expected == actual ? nil : "\(place) is \(shown(actual)), not \(shown(expected))"
        }
    }

    private static func shown(_ value: JSONValue?) -> String {
        guard let text = value?.text else { return "missing" }
        return text.count > 300 ? "\(text.prefix(300))…" : text
    }

    /// What is different in a request; `nil` when it is the one that is expected.
    static func difference(_ expected: Exchange, _ actual: SeenRequest) -> String? {
        let (origin, target) = split(expected.address)
        guard expected.method == actual.method, target.path == actual.target.path, target.query == actual.target.query,
            origin == nil || origin == actual.origin
        else { return "expected \(expected.method) \(expected.address)" }
        for (name, value) in expected.headers.sorted(by: { $0.key < $1.key }) {
            let found = actual.headers[name.lowercased()]
            guard found == value else { return "the header \(name) is “\(found ?? "")”, not “\(value)”" }
        }
        if let token = expected.token, let problem = difference(token, actual.token, at: "jwt") { return problem }
        return difference(expected.body, actual.body, isTokenSeen: expected.token != nil)
    }

    private static func difference(_ expected: Exchange.Body?, _ actual: [UInt8], isTokenSeen: Bool) -> String? {
        let text = String(decoding: actual, as: UTF8.self)
        switch expected {
        case nil: return nil
        case .text(let wanted): return wanted == text ? nil : "the body is “\(text)”, not “\(wanted)”"
        case .form(let fields):
            var found = Dictionary(Target.pairs(of: text).map { ($0.name, $0.value) }) { _, last in last }
            if isTokenSeen { found["assertion"] = fields["assertion"] }
            let wanted = FormText.text(of: fields.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) })
            return found == fields ? nil : "the form is \(text), not \(wanted)"
        case .json(let value):
            guard let found = try? JSONValue(parsing: actual) else { return "the body is no JSON: \(text)" }
            return found == value ? nil : "the body is \(found.text), not \(value.text)"
        }
    }

    private static func split(_ address: String) -> (origin: String?, target: Target) {
        guard let scheme = address.firstRange(of: "://") else { return (nil, Target(address)) }
        let end = address[scheme.upperBound...].firstIndex(of: "/") ?? address.endIndex
        return (String(address[..<end]), Target(String(address[end...])))
    }
}

/// What is asked for, whatever the order of the query and the way it is encoded.
struct Target: Equatable, Sendable {
    let path: String
    let query: [Pair]

    /// A parameter of the query.
    struct Pair: Equatable, Comparable, Sendable {
        let name: String
        let value: String

        static func < (left: Pair, right: Pair) -> Bool { (left.name, left.value) < (right.name, right.value) }
    }

    init(_ text: String) {
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = FormText.decoded(parts[0])
        query = parts.count == 2 ? Self.pairs(of: String(parts[1])).sorted() : []
    }

    static func pairs(of text: String) -> [Pair] {
        FormText.fields(of: text).map { Pair(name: $0.name, value: $0.value) }
    }
}

/// A request as it arrived at the stand-in.
struct SeenRequest: Sendable {
    let method: String
    /// Where it was meant to go, such as `https://api.example.com`.
    let origin: String
    let target: Target
    let headers: [String: String]
    let body: [UInt8]
    let line: String

    /// What is in the token that it shows, as its bearer or as an assertion: `header` and `claims`.
    var token: JSONValue? {
        let form = Target.pairs(of: String(decoding: body, as: UTF8.self)).first { $0.name == "assertion" }?.value
        let text = form ?? headers["authorization"]?.split(separator: " ").last.map(String.init) ?? ""
        return JSONWebToken.contents(of: text)
    }
}

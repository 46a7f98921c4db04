import Curl
import Events

/// What a vendor answered, as the expressions of a manifest see it.
struct Answer: Sendable {
    let status: Int
    let headers: [HTTPHeader]
    /// The body as JSON; null when there is none, its text when it is something else.
    let body: JSONValue
    /// Why the body is not JSON; `nil` when it is, and when there is none.
    let fault: JSONError?

    /// How many values one answer may have; a page of a thousand records has some tens of thousands.
    private static let limits = JSONLimits(depth: 64, nodes: 5_000_000)

    init(_ response: HTTPResponse) {
        status = response.status
        headers = response.headers
        let read = Self.read(response)
        body = read.body
        fault = read.fault
    }

    private static func read(_ response: HTTPResponse) -> (body: JSONValue, fault: JSONError?) {
        guard !response.body.isEmpty else { return (.null, nil) }
        do throws(JSONError) {
            // A string that is none, such as half of an emoji, must not spoil the page that it is on.
            let root = try JSONDocument(tolerating: response.body, limits: limits).root
            guard root.isNull, let fault = root.fault else { return (root.value, nil) }
            return (.string(response.text), fault)
        } catch {
            return (.string(response.text), error)
        }
    }

    /// That the body is not JSON, why, and how it begins; `nil` when it is, and when there is none.
    var problem: String? {
        guard let fault else { return nil }
        let words = body.plainText.prefix(200).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard !words.isEmpty else { return "The answer is not JSON: \(fault)" }
        let beginning = words.count > 60 ? "\(words.prefix(60))…" : words
        return "The answer is not JSON: \(fault) It begins with “\(beginning)”."
    }

    /// What it has, for whoever wrote an expression that does not fit; not what it says, since that may be of people.
    var outline: String {
        switch body {
        case .null: return "The answer is empty."
        case .array(let elements): return "The answer is a list of \(elements.count)."
        case .object(let members) where !members.isEmpty:
            let names = members.keys.sorted().prefix(10).map { "“\($0.prefix(40))”" }.joined(separator: ", ")
            return "The answer has \(names)\(members.count > 10 ? " and others" : "")."
        case .object: return "The answer has no members."
        default: return "The answer is a single value."
        }
    }

    func values(of header: String) -> [String] {
        headers.filter { $0.name.lowercased() == header.lowercased() }.map(\.value)
    }

    /// The headers as expressions see them: by names in lower case, of one that is there twice the last.
    var headerValues: JSONValue {
        .object(Dictionary(headers.map { ($0.name.lowercased(), .string($0.value)) }) { _, last in last })
    }

    subscript(header name: String) -> String? { values(of: name).first }
}

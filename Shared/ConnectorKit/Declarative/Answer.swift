import Curl
import Events

/// What a vendor answered, as the expressions of a manifest see it.
struct Answer: Sendable {
    let status: Int
    let headers: [HTTPHeader]
    /// The body as JSON; null when there is none, its text when it is something else.
    let body: JSONValue

    /// How many values one answer may have; a page of a thousand records has some tens of thousands.
    private static let limits = JSONLimits(depth: 64, nodes: 5_000_000)

    init(_ response: HTTPResponse) {
        status = response.status
        headers = response.headers
        if response.body.isEmpty {
            body = .null
        } else {
            // A string that is none, such as half of an emoji, must not spoil the page that it is on.
            let document = try? JSONDocument(tolerating: response.body, limits: Self.limits)
            body = document?.root.value ?? .string(response.text)
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

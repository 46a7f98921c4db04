import HTTPTypes
import Hummingbird
import ServiceKit

/// One operation: where it is, who may call it, what it takes, what it answers, and what it does.
struct Endpoint: Sendable {
    /// What a caller's key must allow.
    enum Scope: String, Sendable, CaseIterable {
        /// Anyone, without a key.
        case open
        /// A `read` or an `admin` key.
        case read
        /// An `admin` key.
        case admin
    }

    /// What is done with a call that may be made.
    enum Action: Sendable {
        case query(@Sendable (Call) async throws -> Response)
        /// Leaves an audit entry under this name, whatever becomes of the call.
        case administration(String, @Sendable (Call) async throws -> Administered)
    }

    /// The shape of errors.
    enum Dialect: Sendable {
        case kith
        /// `{"error": {"code", "message"}}`, as clients of the Segment Profile API expect.
        case segment
    }

    let method: HTTPRequest.Method
    /// With its variables in braces, such as `/v1/profiles/{identifier}`.
    let path: String
    /// The operation's id in the API description.
    let name: String
    let summary: String
    let scope: Scope
    var pathParameters: [PathParameter] = []
    var query: [QueryParameter] = []
    var headers: [HeaderParameter] = []
    /// The schema of the body it takes.
    var body: String?
    let answer: Answer
    /// The refusals it may answer with, besides those every operation has.
    var refusals: Set<Refusal> = []
    var dialect = Dialect.kith
    /// Streams have no deadline.
    var isStream = false
    let action: Action
}

extension Endpoint {
    /// A successful answer, as the API description has it.
    struct Answer: Sendable {
        var status: HTTPResponse.Status = .ok
        var contentType = "application/json"
        /// The name of its schema; `nil` when there is no body.
        var schema: String?
        var summary: String
        var headers: [String: String] = [:]

        static func json(_ schema: String, _ summary: String, status: HTTPResponse.Status = .ok) -> Answer {
            Answer(status: status, schema: schema, summary: summary)
        }
    }

    /// Why an operation may refuse, beyond what holds for all.
    enum Refusal: Int, Sendable, Comparable {
        case notFound = 404
        case conflict = 409
        case bodyTooLarge = 413

        static func < (left: Refusal, right: Refusal) -> Bool { left.rawValue < right.rawValue }

        var summary: String {
            switch self {
            case .notFound: "There is no such thing."
            case .conflict: "It cannot be done in the present state."
            case .bodyTooLarge: "The body is too large."
            }
        }
    }

    /// What a call is about as long as no more is known: its path, unless that names a person.
    func subject(of request: Request) -> String {
        path.contains("{identifier}") ? path : request.uri.path
    }

    /// The name under which its calls are audited, if they are.
    var auditName: String? {
        if case .administration(let name, _) = action { name } else { nil }
    }
}

import Events
import HTTPTypes
import ServiceKit

/// The API's description, as OpenAPI 3.1 has it, made from the endpoints themselves.
struct OpenAPIDocument {
    private let endpoints: [Endpoint]
    private var writer = JSONWriter(capacity: 64 * 1024)

    /// The document's JSON for these endpoints.
    static func bytes(describing endpoints: [Endpoint]) -> [UInt8] {
        var document = OpenAPIDocument(endpoints: endpoints)
        document.write()
        return document.writer.bytes
    }

    private init(endpoints: [Endpoint]) {
        self.endpoints = endpoints
    }

    private mutating func write() {
        writer.beginObject()
        writer.field("openapi", "3.1.0")
        writer.key("info")
        writer.raw(Self.info.utf8)
        writer.key("security")
        writer.raw(Self.anyKey.utf8)
        writePaths()
        writeComponents()
        writer.endObject()
    }

    private mutating func writeComponents() {
        writer.key("components")
        writer.beginObject()
        writer.key("securitySchemes")
        writer.raw(Self.securitySchemes.utf8)
        writer.key("schemas")
        writer.beginObject()
        for (name, schema) in Schemas.all {
            writer.key(name)
            writer.raw(schema.utf8)
        }
        writer.endObject()
        writer.endObject()
    }

    private mutating func writePaths() {
        writer.key("paths")
        writer.beginObject()
        var written: Set<String> = []
        for endpoint in endpoints where written.insert(endpoint.path).inserted {
            writer.key(endpoint.path)
            writer.beginObject()
            for operation in endpoints where operation.path == endpoint.path { write(operation) }
            writer.endObject()
        }
        for (path, item) in Self.operationPaths {
            writer.key(path)
            writer.raw(item.utf8)
        }
        writer.endObject()
    }

    // MARK: - One operation

    private mutating func write(_ endpoint: Endpoint) {
        writer.key(endpoint.method.rawValue.lowercased())
        writer.beginObject()
        writer.field("operationId", endpoint.name)
        writer.field("summary", endpoint.summary)
        writer.key("tags")
        writer.beginArray()
        writer.string(endpoint.tag)
        writer.endArray()
        writeSecurity(of: endpoint)
        writeParameters(of: endpoint)
        if let schema = endpoint.body { writeBody(schema) }
        writeAnswers(of: endpoint)
        writer.endObject()
    }

    private mutating func writeSecurity(of endpoint: Endpoint) {
        guard endpoint.scope == .open else {
            writer.field("description", "Needs a key with the scope `\(endpoint.scope.rawValue)`.")
            return
        }
        writer.key("security")
        writer.raw("[]".utf8)
    }

    private mutating func writeParameters(of endpoint: Endpoint) {
        guard !endpoint.pathParameters.isEmpty || !endpoint.query.isEmpty || !endpoint.headers.isEmpty else { return }
        writer.key("parameters")
        writer.beginArray()
        for parameter in endpoint.pathParameters { write(parameter) }
        for parameter in endpoint.query { write(parameter) }
        for parameter in endpoint.headers { write(parameter) }
        writer.endArray()
    }

    private mutating func write(_ parameter: PathParameter) {
        writer.beginObject()
        writer.field("name", parameter.name)
        writer.field("in", "path")
        writer.field("required", true)
        writer.field("description", parameter.summary)
        writer.key("schema")
        writer.beginObject()
        writer.field("type", "string")
        writer.field("minLength", 1)
        writer.field("pattern", parameter.pattern ?? QueryParameter.Kind.textPattern)
        writer.endObject()
        writer.field("example", parameter.example)
        writer.endObject()
    }

    private mutating func write(_ parameter: QueryParameter) {
        writer.beginObject()
        writer.field("name", parameter.name)
        writer.field("in", "query")
        if parameter.isRequired { writer.field("required", true) }
        writer.field("description", parameter.summary)
        writer.key("schema")
        parameter.kind.writeSchema(to: &writer)
        writer.endObject()
    }

    private mutating func write(_ parameter: HeaderParameter) {
        writer.beginObject()
        writer.field("name", parameter.name)
        writer.field("in", "header")
        writer.field("description", parameter.summary)
        writer.key("schema")
        writer.raw(#"{"type":"string","maxLength":512}"#.utf8)
        writer.endObject()
    }

    private mutating func writeBody(_ schema: String) {
        writer.key("requestBody")
        writer.beginObject()
        writer.field("required", true)
        writeContent("application/json", schema: schema)
        writer.endObject()
    }

    private mutating func writeContent(_ type: String, schema: String) {
        writer.key("content")
        writer.beginObject()
        writer.key(type)
        writer.beginObject()
        writer.key("schema")
        writer.raw(##"{"$ref":"#/components/schemas/\##(schema)"}"##.utf8)
        writer.endObject()
        writer.endObject()
    }

    // MARK: - Its answers

    private mutating func writeAnswers(of endpoint: Endpoint) {
        writer.key("responses")
        writer.beginObject()
        write(endpoint.answer)
        for (status, summary) in endpoint.allRefusals {
            writer.key("\(status)")
            writer.beginObject()
            writer.field("description", summary)
            if status == 401 {
                writer.key("headers")
                writer.raw(Self.challengeHeader.utf8)
            }
            writeContent("application/json", schema: endpoint.dialect == .segment ? "SegmentError" : "Error")
            writer.endObject()
        }
        writer.endObject()
    }

    private mutating func write(_ answer: Endpoint.Answer) {
        writer.key("\(answer.status.code)")
        writer.beginObject()
        writer.field("description", answer.summary)
        if !answer.headers.isEmpty { writeHeaders(answer.headers) }
        if let schema = answer.schema { writeContent(answer.contentType, schema: schema) }
        writer.endObject()
    }

    private mutating func writeHeaders(_ headers: [String: String]) {
        writer.key("headers")
        writer.beginObject()
        for (name, summary) in headers.sorted(by: { $0.key < $1.key }) {
            writer.key(name)
            writer.beginObject()
            writer.field("description", summary)
            writer.key("schema")
            writer.raw(#"{"type":"string"}"#.utf8)
            writer.endObject()
        }
        writer.endObject()
    }
}

extension Endpoint {
    /// The part of the API that it belongs to.
    fileprivate var tag: String {
        switch dialect {
        case .segment: "Segment Profile API"
        case .kith: scope == .admin ? "administration" : "profiles"
        }
    }

    /// Every status that it may refuse with, and why.
    fileprivate var allRefusals: [(Int, String)] {
        var all = [
            400: "The request is not what this operation understands.", 500: "Something went wrong on our side.",
            503: "Not now; try again after the seconds in Retry-After.",
        ]
        if scope != .open {
            all[401] = "The key is missing, wrong or revoked."
            all[403] = "The key may not do this."
        }
        // What changes something writes to the log: so does what is audited, and what the present state may forbid.
        if auditName != nil || refusals.contains(.conflict) {
            all[429] = "Too much is waiting to be written."
        }
        if body != nil { all[413] = Refusal.bodyTooLarge.summary }
        for refusal in refusals { all[refusal.rawValue] = refusal.summary }
        return all.sorted { $0.key < $1.key }
    }
}

extension OpenAPIDocument {
    private static let info = """
        {"title":"Kith: profiles","version":"\(KithVersion.current)","summary":"Query unified customer profiles, and administer.",\
        "license":{"name":"Apache-2.0","identifier":"Apache-2.0"}}
        """
    private static let anyKey = #"[{"bearer":[]},{"basic":[]},{"apiKey":[]}]"#
    private static let securitySchemes = """
        {"bearer":{"type":"http","scheme":"bearer"},\
        "basic":{"type":"http","scheme":"basic","description":"The key is the user name; the password is empty."},\
        "apiKey":{"type":"apiKey","in":"header","name":"X-Api-Key"}}
        """
    private static let challengeHeader = #"{"WWW-Authenticate":{"description":"Bearer.","schema":{"type":"string"}}}"#
}

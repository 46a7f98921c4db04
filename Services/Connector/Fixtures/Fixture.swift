import ConnectorKit
import Events
import YAML

/// One file of a connector's `fixtures/`: what the vendor answers, and what must come of it.
struct Fixture: Sendable {
    let settings: [String: JSONValue]
    let now: Timestamp
    let exchanges: [Exchange]
    let waits: [Duration]?
    let events: [JSONValue]?
    let rejected: [String]
    let subject: Subject

    /// What is tried.
    enum Subject: Sendable {
        /// A run of the source.
        case read(streams: [String], state: JSONValue?, failure: ConnectorFailure.Kind?, after: JSONValue?)
        /// A request of the vendor.
        case receive(ReceivedRequest, Receiving)
        /// A command.
        case deliver(JSONValue, identifier: Identifier, outcome: String, links: JSONValue?)
    }

    /// What is done with a request, and must come of it.
    struct Receiving: Sendable {
        let isSigned: Bool
        let isRefused: Bool
        let challenge: JSONValue?
        let redirect: String?
    }

    private static let known = [
        "settings", "now", "streams", "state", "exchanges", "waits", "events", "rejected", "failure", "after",
        "receive", "sign", "refused", "answer", "redirect", "deliver", "identifier", "outcome", "links",
    ]

    init(_ text: String) throws(YAMLError) {
        guard let file = try YAMLField(file: text) else { throw YAMLError(problem: "The fixture is empty.") }
        let fields = try file.fields(known: Self.known)
        settings = if case .object(let members)? = fields["settings"]?.json { members } else { [:] }
        now = try fields["now"]?.time() ?? Timestamp(microseconds: 1_795_860_000_000_000)
        let exchanges = fields["exchanges"]?.elements ?? []
        self.exchanges = try exchanges.map { field throws(YAMLError) in try Exchange(field) }
        waits = try fields["waits"]?.texts().map { text throws(YAMLError) in
            guard let span = Duration(span: text) else { throw file.error("“\(text)” is no time span.") }
            return span
        }
        events = (fields["events"]?.elements)?.map(\.json)
        rejected = try fields["rejected"].map { field throws(YAMLError) in try field.texts() } ?? []
        subject = try Self.subject(fields, now)
    }

    private static func subject(_ fields: [String: YAMLField], _ now: Timestamp) throws(YAMLError) -> Subject {
        if let receive = fields["receive"] {
            return .receive(
                try request(receive, now),
                Receiving(
                    isSigned: try fields["sign"]?.flag() ?? false,
                    isRefused: try fields["refused"]?.flag() ?? false,
                    challenge: fields["answer"]?.json,
                    redirect: try fields["redirect"]?.text()
                )
            )
        }
        if let deliver = fields["deliver"] {
            return .deliver(
                deliver.json,
                identifier: try identifier(fields["identifier"]),
                outcome: try fields["outcome"]?.text() ?? "delivered",
                links: fields["links"]?.json
            )
        }
        return .read(
            streams: try fields["streams"].map { field throws(YAMLError) in try field.texts() } ?? [],
            state: fields["state"]?.json,
            failure: try fields["failure"].map { field throws(YAMLError) in
                try field.choice(of: ConnectorFailure.Kind.self)
            },
            after: fields["after"]?.json
        )
    }

    private static func request(_ field: YAMLField, _ now: Timestamp) throws(YAMLError) -> ReceivedRequest {
        let fields = try field.fields(known: ["method", "url", "headers", "query", "body", "text"])
        let body = fields["text"]?.scalar.map { Array($0.utf8) } ?? fields["body"]?.json.bytes ?? []
        let headers = Self.texts(fields["headers"])
        return ReceivedRequest(
            headers: Dictionary(headers.map { ($0.key.lowercased(), $0.value) }) { _, last in last },
            body: body,
            now: now,
            method: try fields["method"]?.text() ?? "POST",
            url: try fields["url"]?.text() ?? "https://kith.example.com/v1/webhooks/test",
            query: Self.texts(fields["query"])
        )
    }

    private static func identifier(_ field: YAMLField?) throws(YAMLError) -> Identifier {
        guard let field else { return Identifier("email", "ada@example.com") }
        let fields = try field.fields(known: ["namespace", "value"])
        return Identifier(try fields["namespace"]?.text() ?? "email", try fields["value"]?.text() ?? "")
    }

    static func texts(_ field: YAMLField?) -> [String: String] {
        var texts: [String: String] = [:]
        for member in field?.members ?? [] { texts[member.name] = member.scalar ?? "" }
        return texts
    }
}

extension YAMLField {
    fileprivate func time() throws(YAMLError) -> Timestamp {
        guard let time = try Timestamp(text()) else {
            throw error("\(name) must be a time such as 2026-01-01T00:00:00Z.")
        }
        return time
    }
}

/// A request that must be made, and the answer to it.
struct Exchange: Sendable {
    let method: String
    /// A path with its query, or a whole address.
    let address: String
    let headers: [String: String]
    let body: Body?
    /// The parts of the token that the request shows, in its header or its form: `header` and `claims`.
    let token: JSONValue?
    let status: Int
    let answerHeaders: [String: String]
    let answer: [UInt8]

    /// What must be sent.
    enum Body: Sendable {
        case json(JSONValue)
        case form([String: String])
        case text(String)
    }

    init(_ field: YAMLField) throws(YAMLError) {
        let fields = try field.fields(known: ["request", "headers", "body", "form", "text", "jwt", "answer"])
        guard let line = try fields["request"]?.text(), let space = line.firstIndex(of: " ") else {
            throw field.error("An exchange needs a “request”, such as GET /v1/customers?limit=100.")
        }
        method = String(line[..<space])
        address = String(line[line.index(after: space)...])
        headers = Fixture.texts(fields["headers"])
        body =
            if let json = fields["body"] { .json(json.json) } else if let form = fields["form"] {
                .form(Fixture.texts(form))
            } else { fields["text"]?.scalar.map(Body.text) }
        token = fields["jwt"]?.json
        guard let reply = fields["answer"] else { throw field.error("An exchange needs an “answer”.") }
        let parts = try reply.fields(known: ["status", "headers", "body", "text"])
        status = try parts["status"]?.integer(in: 100...599) ?? 200
        answerHeaders = Fixture.texts(parts["headers"])
        answer = parts["text"]?.scalar.map { Array($0.utf8) } ?? parts["body"]?.json.bytes ?? []
    }
}

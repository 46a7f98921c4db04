import Events
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Identity
import IdentityRules
import Logging
import MessageLog
import NIOCore
import ServiceKit
import Store
import Synchronization
import Testing
import Topics

@testable import ProfileService

/// A store, a log and the API over them, in a folder that goes with it.
final class Bench: Sendable {
    static let now = Timestamp(microseconds: 1_780_000_000_000_000)

    let folder: String
    let store: any BatchStore
    let log: EmbeddedLog
    let keys: KeyRing
    let api: ProfileAPI
    /// What was decided, as far as it is followed.
    let control: ControlFollower
    private let responder: RouterResponder<ProbeContext>

    /// - Parameter isGated: Whether it is looked who is suppressed, which takes that ``control`` is followed.
    init(limits: APILimits = .patient, isGated: Bool = false) throws {
        folder = FileManager.default.temporaryDirectory.path + "/kith-api-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        store = try Engine.store(in: folder)
        log = try EmbeddedLog(directory: folder + "/log", producer: "profile")
        let readiness = Readiness()
        keys = KeyRing(log: log, readiness: readiness)
        keys.becomeKnown()
        let key = try SuppressionKey.load(in: folder)
        let control = ControlFollower(log: log, key: key, readiness: Readiness())
        self.control = control
        api = ProfileAPI(
            store: StoreInUse(
                StoreView(reader: store, lookup: Self.lookup, rules: StoredRules(rules: Rules()))
            ),
            log: log,
            keys: keys,
            readiness: readiness,
            identity: IdentityRulesFile(path: folder + "/identity.yaml"),
            suppressionKey: key,
            gate: isGated ? SuppressionGate(control: control) { Rules() } : nil,
            limits: limits,
            clock: { Bench.now }
        )
        responder = api.makeRouter(context: ProbeContext.self).buildResponder()
        for scope in GrantedKey.Scope.allCases { grant(scope) }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    static let lookup = ProfileLookup(rules: Rules(), hashes: KeyedHash(secret: Array(repeating: 7, count: 32)))

    static func secret(_ scope: GrantedKey.Scope) -> String { "secret-\(scope.rawValue)" }

    private func grant(_ scope: GrantedKey.Scope) {
        keys.apply(
            .key(
                GrantedKey(
                    id: "key_\(scope.rawValue)",
                    scope: scope,
                    source: "web",
                    hash: Secret.hash(Self.secret(scope)),
                    createdAt: Bench.now
                )
            )
        )
    }

    // MARK: - Calling

    /// What came back.
    struct Answer: Sendable {
        var status: Int
        var headers: HTTPFields
        var body: [UInt8]

        var json: JSONValue { (try? JSONValue(parsing: body)) ?? .string(String(decoding: body, as: UTF8.self)) }
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    func call(
        _ method: HTTPRequest.Method = .get,
        _ path: String,
        as scope: GrantedKey.Scope? = .admin,
        body: String? = nil,
        headers: HTTPFields = [:],
        beforeBody: () -> Void = {}
    ) async throws -> Answer {
        let response = try await respond(method, path, as: scope, body: body, headers: headers)
        beforeBody()
        let collected = Collected()
        try await response.body.write(CollectingWriter(collected: collected))
        return Answer(status: response.status.code, headers: response.headers, body: collected.bytes)
    }

    /// Reads a stream until its text has what is wanted, and leaves.
    func follow(
        _ path: String,
        headers: HTTPFields = [:],
        until isEnough: @escaping @Sendable (String) -> Bool
    ) async throws -> String {
        let response = try await respond(.get, path, as: .admin, body: nil, headers: headers)
        let collected = Collected()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await response.body.write(CollectingWriter(collected: collected)) }
            while !isEnough(collected.text) { try await Task.sleep(for: .milliseconds(1)) }
            group.cancelAll()
        }
        return collected.text
    }

    private func respond(
        _ method: HTTPRequest.Method,
        _ path: String,
        as scope: GrantedKey.Scope?,
        body: String?,
        headers: HTTPFields
    ) async throws -> Response {
        var headers = headers
        if let scope { headers[.authorization] = "Bearer \(Self.secret(scope))" }
        let request = Request(
            head: HTTPRequest(method: method, scheme: "http", authority: "kith", path: path, headerFields: headers),
            body: RequestBody(buffer: ByteBuffer(string: body ?? ""))
        )
        return try await responder.respond(to: request, context: ProbeContext(source: ProbeSource()))
    }

    /// What the audit entries in `control` say, oldest first.
    func audited() async throws -> [AuditEntry] {
        var cursor = TopicCursor(log: log, topic: Topic.control)
        var entries: [AuditEntry] = []
        while case let records = try await cursor.next(), !records.isEmpty {
            for record in records {
                if case .audit(let entry) = try ControlRecord(decoding: record.record.value) { entries.append(entry) }
            }
        }
        return entries
    }
}

extension APILimits {
    /// With the time for whatever is asked, however busy the machine is.
    static let patient = APILimits(deadline: .seconds(300), scanning: .seconds(300))

    /// The same, with a sign of life on a stream all the time.
    static let lively = APILimits(deadline: .seconds(300), heartbeat: .milliseconds(10), scanning: .seconds(300))
}

/// A context without a connection.
struct ProbeContext: RequestContext {
    typealias Source = ProbeSource

    var coreContext: CoreRequestContextStorage

    init(source: ProbeSource) {
        coreContext = CoreRequestContextStorage(source: source)
    }
}

struct ProbeSource: RequestContextSource {
    let logger: Logger = {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        logger[metadataKey: "hb.request.id"] = "1"
        return logger
    }()
}

private final class Collected: Sendable {
    private let storage = Mutex<[UInt8]>([])

    var bytes: [UInt8] { storage.withLock { $0 } }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    func append(_ buffer: ByteBuffer) { storage.withLock { $0 += Array(buffer: buffer) } }
}

private struct CollectingWriter: ResponseBodyWriter {
    let collected: Collected

    mutating func write(_ buffer: ByteBuffer) async throws { collected.append(buffer) }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}

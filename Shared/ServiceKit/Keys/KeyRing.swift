public import Events
public import HTTPTypes
import Logging
public import MessageLog
public import ServiceLifecycle
import Synchronization
public import Topics

/// The keys that are good right now, as topic `control` tells; a revocation outranks whatever else was said of that key.
public final class KeyRing: Service {
    private struct Keys {
        var byHash: [String: GrantedKey] = [:]
        var revoked: Set<String> = []
        /// Admin keys that may be revoked by now, and since when; the log does not say so yet.
        var leaving: [String: Timestamp] = [:]

        /// Whether a key is good, and not about to be revoked.
        func stays(_ key: GrantedKey, at now: Timestamp) -> Bool {
            guard !revoked.contains(key.id) else { return false }
            return leaving[key.id].map { now.microseconds - $0.microseconds > 60_000_000 } ?? true
        }
    }

    private let keys = Mutex(Keys())
    /// Whether everything was read that was there at the start.
    private let isKnown = Atomic(false)
    private let log: any MessageLog
    private let readiness: Readiness

    /// Creates a ring that is empty until it runs; the service is not ready before all keys are read.
    public init(log: any MessageLog, readiness: Readiness) {
        self.log = log
        self.readiness = readiness
        readiness.set("keys", false)
    }

    /// The key behind a secret, or `nil` when there is none or it was revoked.
    public func check(_ secret: String) -> GrantedKey? {
        let hash = Secret.hash(secret)
        return keys.withLock { keys in
            keys.byHash[hash].flatMap { keys.revoked.contains($0.id) ? nil : $0 }
        }
    }

    /// Whether a key that was found is good still.
    public func isGood(_ key: GrantedKey) -> Bool {
        keys.withLock { !$0.revoked.contains(key.id) }
    }

    /// Why a secret that is not good is refused: it may be good as long as not all keys are read.
    public func refusal(_ message: String = "The key is missing, wrong or revoked.") -> APIError {
        guard !isKnown.load(ordering: .acquiring) else { return .unauthorized(message) }
        return .busy(
            .serviceUnavailable,
            code: "starting",
            message: "The service has just started and does not know all keys yet; try again.",
            retryAfter: 1
        )
    }

    /// The first good key of those that a request's headers carry; `Authorization` may be for a proxy.
    public func check(_ headers: HTTPFields) -> GrantedKey? {
        PresentedKey.all(in: headers).lazy.compactMap { self.check($0) }.first
    }

    /// Refuses a request without a key that may read: a read key, or an admin key.
    public func requireReader(in headers: HTTPFields) throws(APIError) {
        guard let key = check(headers) else { throw refusal() }
        guard key.scope != .write else { throw .forbidden(needs: GrantedKey.Scope.read.rawValue) }
    }

    /// Notes that everything is read that was there at the start.
    public func becomeKnown() {
        isKnown.store(true, ordering: .releasing)
        readiness.set("keys", true)
    }

    /// Every key that is good, oldest first.
    public var all: [GrantedKey] {
        keys.withLock { keys in
            keys.byHash.values.filter { !keys.revoked.contains($0.id) }
                .sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
        }
    }

    /// Whether a key may be revoked now: an admin key is left always, also when two are revoked at the same moment.
    ///
    /// A key that may be is taken for revoked at the next question, as long as it could take until the log says so.
    public func mayRevoke(_ key: GrantedKey, at now: Timestamp) -> Bool {
        guard key.scope == .admin else { return true }
        return keys.withLock { keys in
            let isOtherLeft = keys.byHash.values.contains { other in
                other.scope == .admin && other.id != key.id && keys.stays(other, at: now)
            }
            if isOtherLeft { keys.leaving[key.id] = now }
            return isOtherLeft
        }
    }

    /// Takes in what one record of `control` says.
    public func apply(_ record: ControlRecord) {
        keys.withLock { keys in
            switch record {
            case .key(let key): keys.byHash[key.hash] = key
            case .keyRevoked(let id, _):
                keys.revoked.insert(id)
                keys.leaving[id] = nil
            default: break
            }
        }
    }

    /// Follows `control` until shutdown.
    public func run() async throws {
        var cursor = ControlCursor(log: log, logger: Logger.current)
        for await _ in log.news(of: [Topic.control]).cancelOnGracefulShutdown() {
            while let records = try await cursor.next() { records.forEach(apply) }
            becomeKnown()
        }
    }
}

import HTTPTypes
import ServiceKit
import Synchronization
import Topics

/// The write keys that requests and events present, looked up.
final class Keys: Sendable {
    private struct Remembered {
        var key: GrantedKey
        var until: ContinuousClock.Instant
    }

    private let ring: KeyRing
    private let remembered = Mutex<[String: Remembered]>([:])

    /// Hashing a secret costs more than all else about a small event, so a good key is remembered for this long.
    private static let memory = Duration.seconds(1)
    private static let memoryLimit = 10_000

    init(ring: KeyRing) {
        self.ring = ring
    }

    /// The good key behind a secret, whatever it may do.
    func check(_ secret: String) -> GrantedKey? {
        let now = ContinuousClock.now
        if let known = remembered.withLock({ $0[secret] }), known.until > now { return known.key }
        guard let key = ring.check(secret) else { return nil }
        remembered.withLock { remembered in
            if remembered.count >= Self.memoryLimit { remembered.removeAll() }
            remembered[secret] = Remembered(key: key, until: now + Self.memory)
        }
        return key
    }
}

/// The keys that one request presents.
struct PresentedKeys: Sendable {
    private let keys: Keys
    /// In the order in which they count.
    private(set) var secrets: [String]

    /// Those of the headers and the query.
    init(headers: HTTPFields, query: Query?, keys: Keys) {
        self.keys = keys
        secrets = []
        if let secret = PresentedKey.find(in: headers) { secrets.append(secret) }
        guard let query else { return }
        for name in ["writeKey", "writekey", "write_key", "api_key", "token"] {
            if let secret = query[name] { secrets.append(secret) }
        }
    }

    /// Adds those that the body carries.
    mutating func add(_ secrets: [String]) {
        self.secrets += secrets
    }

    /// The first good key of the request that may write.
    var writer: GrantedKey? { secrets.lazy.compactMap { writer(behind: $0) }.first }

    /// Whether one of the keys is good, but for something else.
    var hasOther: Bool { secrets.contains { keys.check($0) != nil } }

    /// The key behind a secret, if it may write.
    func writer(behind secret: String) -> GrantedKey? {
        guard secret.utf8.count <= 200, let key = keys.check(secret), key.scope == .write else { return nil }
        return key
    }

    /// What a text that may be shown has in place of the keys.
    func redacted(_ text: String) -> String {
        var text = text
        for secret in Set(secrets + Self.found(in: Array(text.utf8))) where !secret.isEmpty {
            text.replace(secret, with: "***")
        }
        return text
    }
}

extension PresentedKeys {
    /// Looks for write keys in a body that cannot be read: who sent it is to find it among the dead letters.
    mutating func search(_ body: [UInt8]) {
        secrets += Self.found(in: body.prefix(64 << 10)) + Self.found(in: body.suffix(4 << 10))
    }

    /// What has the form of a write key, the first few of them.
    private static func found(in bytes: some RandomAccessCollection<UInt8>) -> [String] {
        let mark = Array("kw_".utf8)
        let length = mark.count + 32
        var found: [String] = []
        var rest = bytes[...]
        while found.count < 10, let start = rest.firstIndex(of: mark[0]) {
            rest = rest[start...]
            guard rest.count >= length else { break }
            if rest.starts(with: mark) { found.append(String(decoding: rest.prefix(length), as: UTF8.self)) }
            rest = rest.dropFirst()
        }
        return found
    }
}

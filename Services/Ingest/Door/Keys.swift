import HTTPTypes
import ServiceKit
import Synchronization
import Topics

/// The write keys that requests and events present, looked up.
final class Keys: Sendable {
    /// A good key, and the secret it was found by.
    struct Found: Sendable {
        var key: GrantedKey
        var secret: String
    }

    private struct Remembered {
        var found: Found
        var until: ContinuousClock.Instant
    }

    private let ring: KeyRing
    private let remembered = Mutex<[String: Remembered]>([:])

    /// Hashing a secret costs more than all else about a small event, so a good key is remembered for this long.
    private static let memory = Duration.seconds(1)
    private static let memoryLimit = 10_000
    /// Bytes of a text that is remembered; a password beside the key may be of any length.
    private static let memorableBytes = 512

    init(ring: KeyRing) {
        self.ring = ring
    }

    /// How many texts are remembered.
    var memories: Int { remembered.withLock { $0.count } }

    /// The good key behind a secret, whatever it may do.
    func check(_ secret: String) -> GrantedKey? {
        recall(secret) { ring.check(secret).map { Found(key: $0, secret: secret) } }?.key
    }

    /// Why keys that are not good are refused.
    func refusal(_ message: String) -> APIError { ring.refusal(message) }

    /// The first good key that a request's headers carry, whatever it may do.
    func check(_ headers: HTTPFields) -> Found? {
        if let found = headers[.authorization].flatMap(check(authorization:)) { return found }
        for secret in PresentedKey.besideAuthorization(in: headers) {
            if let found = find(secret) { return found }
        }
        return nil
    }

    /// The good key in `Authorization`.
    ///
    /// The whole header is remembered, which spares decoding it. A secret has no space, so the two are never mistaken.
    private func check(authorization: String) -> Found? {
        recall(authorization) { PresentedKey.find(inAuthorization: authorization).flatMap(find) }
    }

    private func find(_ secret: String) -> Found? {
        check(secret).map { Found(key: $0, secret: secret) }
    }

    private func recall(_ text: String, orElse find: () -> Found?) -> Found? {
        let now = ContinuousClock.now
        if let known = remembered.withLock({ $0[text] }), known.until > now { return known.found }
        guard let found = find() else { return nil }
        guard text.utf8.count <= Self.memorableBytes else { return found }
        remembered.withLock { remembered in
            if remembered.count >= Self.memoryLimit { remembered.removeAll() }
            remembered[text] = Remembered(found: found, until: now + Self.memory)
        }
        return found
    }
}

/// The keys that one request presents.
struct PresentedKeys: Sendable {
    private let keys: Keys
    /// In the order in which they count.
    private(set) var secrets: [String] = []
    /// The first good key of the request that may write.
    private(set) var writer: GrantedKey?

    /// Those of the headers and the query.
    init(headers: HTTPFields, query: Query?, keys: Keys) {
        self.keys = keys
        if let found = keys.check(headers) {
            secrets = [found.secret]
            if found.key.scope == .write { writer = found.key }
        } else if let secret = PresentedKey.find(in: headers) {
            secrets = [secret]
        }
        guard let query else { return }
        add(KeyNames.query.compactMap { query[$0] })
    }

    /// Adds those that the body carries.
    mutating func add(_ secrets: [String]) {
        self.secrets += secrets
        for secret in secrets where writer == nil { writer = writer(behind: secret) }
    }

    /// The same and those of some texts that are keys.
    func adding(_ texts: [String]) -> PresentedKeys {
        var all = self
        all.secrets += texts.filter(isKey)
        return all
    }

    /// Why keys that are not good are refused.
    func refusal(_ message: String) -> APIError { keys.refusal(message) }

    /// Whether one of the keys is good, but for something else.
    var hasOther: Bool { secrets.contains { keys.check($0) != nil } }

    /// Whether a text is a key, good or of the form of one.
    func isKey(_ text: String) -> Bool {
        KeyNames.looksLikeKey(text) || text.utf8.count <= 200 && keys.check(text) != nil
    }

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
        add(Self.found(in: body.prefix(64 << 10)) + Self.found(in: body.suffix(4 << 10)))
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

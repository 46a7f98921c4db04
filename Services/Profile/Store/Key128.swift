import Crypto
import Events
import FoundationEssentials

/// Sixteen bytes of a keyed hash, in the order of the bytes.
struct Key128: Hashable, Comparable, Sendable {
    var upper: UInt64
    var lower: UInt64

    init(upper: UInt64, lower: UInt64) {
        self.upper = upper
        self.lower = lower
    }

    /// The first sixteen of some bytes, of which there must be as many.
    init(_ bytes: UnsafeRawBufferPointer) {
        upper = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
        lower = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }

    /// The key that ``bytes`` gave; `nil` if these are not sixteen.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        self = bytes.withUnsafeBytes { Key128($0) }
    }

    var bytes: [UInt8] { withBytes { Array($0) } }

    /// Lends the bytes as they are stored.
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withUnsafeBytes(of: (upper.bigEndian, lower.bigEndian), body)
    }

    /// The key as a profile's id.
    var publicID: String { PublicID.text(of: bytes) }

    static func < (left: Key128, right: Key128) -> Bool {
        (left.upper, left.lower) < (right.upper, right.lower)
    }
}

/// The hashes that identifiers and messages are known by; nobody without the secret can make them or try them out.
struct KeyedHash: Sendable {
    /// The hash that has taken in the secret, which is half of the work for a short text, and nothing else.
    private let keyed: HMAC<SHA256>

    init(secret: [UInt8]) {
        keyed = HMAC(key: SymmetricKey(data: secret))
    }

    static func newSecret() -> [UInt8] {
        SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
    }

    /// The key of an identifier, which is also the id of the profile that it founds.
    func key(of identifier: Identifier) -> Key128 {
        key(purpose: 1, identifier.namespace, identifier.value)
    }

    /// The key of the part of a shared device that belongs to one login.
    func key(of device: Identifier, login: Identifier) -> Key128 {
        key(purpose: 3, "\(device.namespace)\u{1}\(login.namespace)", "\(device.value)\u{0}\(login.value)")
    }

    /// The key of an event, by which a copy of it is known.
    func key(source: String, messageID: String) -> Key128 {
        key(purpose: 2, source, messageID)
    }

    /// The same as ``key(of:)``, as the API asks the store for it.
    func bytes(of identifier: Identifier) -> Data {
        Data(key(of: identifier).bytes)
    }

    /// The first text has no U+0000, so no two pairs have the same bytes.
    private func key(purpose: UInt8, _ first: String, _ second: String) -> Key128 {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(first.utf8.count + second.utf8.count + 2)
        bytes.append(purpose)
        bytes.append(contentsOf: first.utf8)
        bytes.append(0)
        bytes.append(contentsOf: second.utf8)
        var hash = keyed
        hash.update(data: bytes)
        return hash.finalize().withUnsafeBytes { Key128($0) }
    }
}

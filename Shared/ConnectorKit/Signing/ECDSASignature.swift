import Crypto
import Events

/// A signature that only the vendor can make: P-256 with SHA-256, over the timestamp's text and the body.
///
/// It is the Base64 of DER.
struct ECDSASignature {
    let header: String
    let timestamp: HMACSignature.TimestampRule

    init(header: String, timestampHeader: String, tolerance: Duration) {
        self.header = header
        timestamp = HMACSignature.TimestampRule(header: timestampHeader, tolerance: tolerance)
    }

    /// Throws unless one of the keys fits the signature, and it was made lately.
    func verify(_ request: ReceivedRequest, keys: [String]) throws(WebhookError) {
        let value = try request.header(named: header)
        let name = timestamp.header ?? ""
        let time = try request.header(named: name)
        let count = try timestamp.count(in: time, of: name)
        guard isSigned(Array(time.utf8) + request.body, by: value, keys: keys) else { throw .wrongSignature }
        try timestamp.check(count, at: request.now)
    }

    private func isSigned(_ text: [UInt8], by value: String, keys: [String]) -> Bool {
        guard let bytes = Base64.decode(value),
            let signature = try? P256.Signing.ECDSASignature(derRepresentation: bytes)
        else { return false }
        return keys.compactMap(Self.key).contains { $0.isValidSignature(signature, for: text) }
    }

    /// Reads a key that is PEM, or the Base64 of DER; `nil` when it is neither.
    private static func key(_ text: String) -> P256.Signing.PublicKey? {
        if text.hasPrefix("-----BEGIN") { return try? P256.Signing.PublicKey(pemRepresentation: text) }
        guard let bytes = Base64.decode(text.filter { !$0.isWhitespace }) else { return nil }
        return try? P256.Signing.PublicKey(derRepresentation: bytes)
    }
}

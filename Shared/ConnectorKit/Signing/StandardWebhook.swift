import Crypto
public import Events

/// Signs and verifies requests as Standard Webhooks has it: HMAC-SHA256 over `id.timestamp.body`.
public struct StandardWebhook: Sendable {
    /// How far the sender's clock may be from ours.
    public static let tolerance: Duration = .seconds(300)

    private let secrets: [WebhookSecret]

    /// Creates it with secrets, all of which are good for verifying; the first one signs.
    ///
    /// More than one is for the time in which a secret is changed.
    public init(secrets: [WebhookSecret]) {
        self.secrets = secrets
    }

    /// The headers that make a request a signed one; the id stays the same when it is sent again.
    public func headers(id: String, body: [UInt8], at now: Timestamp) throws(WebhookError) -> [String: String] {
        guard let secret = secrets.first, isPlain(id) else { throw .malformed("webhook-id") }
        let timestamp = String(now.microseconds / 1_000_000)
        return [
            "webhook-id": id,
            "webhook-timestamp": timestamp,
            "webhook-signature": "v1,\(Base64.encode(signature(id, timestamp, body, secret)))",
        ]
    }

    /// Checks a request's signature and age, and returns its id.
    public func verify(_ headers: [String: String], body: [UInt8], at now: Timestamp) throws(WebhookError) -> String {
        let id = try required("webhook-id", in: headers)
        let timestamp = try required("webhook-timestamp", in: headers)
        let signatures = try required("webhook-signature", in: headers)
        guard isPlain(id) else { throw .malformed("webhook-id") }
        guard timestamp.utf8.count <= 12, let seconds = Int64(timestamp), String(seconds) == timestamp else {
            throw .malformed("webhook-timestamp")
        }
        guard isSigned(id, timestamp, body, by: signatures) else { throw .wrongSignature }
        // Only now, so that nobody without the secret learns our time.
        let age = now.microseconds / 1_000_000 - seconds
        guard abs(age) <= Self.tolerance.components.seconds else { throw .outsideTolerance(seconds: age) }
        return id
    }

    private func required(_ name: String, in headers: [String: String]) throws(WebhookError) -> String {
        guard let value = headers[name], !value.isEmpty else { throw .missing(name) }
        return value
    }

    /// Neither part may hold the full stop that divides them.
    private func isPlain(_ id: String) -> Bool {
        !id.isEmpty && id.utf8.count <= 256 && id.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ".") }
    }

    private func signature(
        _ id: String,
        _ timestamp: String,
        _ body: [UInt8],
        _ secret: WebhookSecret
    ) -> HMAC<SHA256>.MAC {
        HMAC<SHA256>.authenticationCode(for: signedText(id, timestamp, body), using: secret.key)
    }

    private func signedText(_ id: String, _ timestamp: String, _ body: [UInt8]) -> [UInt8] {
        Array("\(id).\(timestamp).".utf8) + body
    }

    /// Whether one of the listed signatures was made with one of the secrets, in constant time for each.
    private func isSigned(_ id: String, _ timestamp: String, _ body: [UInt8], by list: String) -> Bool {
        let text = signedText(id, timestamp, body)
        let given = list.split(separator: " ").prefix(16).compactMap { entry -> [UInt8]? in
            entry.hasPrefix("v1,") ? Base64.decode(entry.dropFirst(3)) : nil
        }
        return given.contains { code in
            secrets.contains { HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: text, using: $0.key) }
        }
    }
}

/// Why a signed request is not believed.
public enum WebhookError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A header that must be there is not.
    case missing(String)
    /// A header does not have the form it must have.
    case malformed(String)
    /// No signature fits.
    case wrongSignature
    /// The token that is sent along is not there, or not the secret.
    case wrongToken
    /// There is nothing to verify by.
    case noSecret
    /// The signature fits, but the request is too old or from the future.
    case outsideTolerance(seconds: Int64)

    /// One sentence that says what is wrong.
    public var description: String {
        switch self {
        case .missing(let name): "The header “\(name)” is missing."
        case .malformed(let name): "The header “\(name)” is malformed."
        case .wrongSignature: "No signature fits the body and the secret."
        case .wrongToken: "The token is missing or wrong."
        case .noSecret: "The configuration gives this source no secret to verify its webhooks by."
        case .outsideTolerance(let seconds):
            "The timestamp is \(abs(seconds)) seconds \(seconds < 0 ? "ahead" : "old"), which is more than is accepted."
        }
    }
}

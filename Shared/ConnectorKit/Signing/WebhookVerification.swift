import Crypto

/// How a vendor's requests show who sent them.
///
/// Names of headers may be in any case. A secret that is empty verifies nothing.
public enum WebhookVerification: Sendable, Equatable {
    /// By a signature that is made with a secret.
    case hmac(HMACSignature)
    /// By a secret that is sent along, in a header or in the query.
    case token(header: String?, query: String?)
    /// By a signature of P-256 over timestamp and body; the secrets are public keys, as PEM or Base64 of DER.
    case ecdsa(signatureHeader: String, timestampHeader: String, tolerance: Duration)
    /// As Standard Webhooks has it.
    case standard

    /// Whether all there is to it is a secret that is sent along.
    var isToken: Bool {
        if case .token = self { true } else { false }
    }

    /// Throws unless the request was made by somebody who knows one of the secrets, and lately.
    ///
    /// How old it is comes last, so that nobody without a secret learns our time. Returns the request's id, if the
    /// scheme has one. More than one secret is for the time in which it is changed.
    public func verify(_ request: ReceivedRequest, secrets: [String]) throws(WebhookError) -> String? {
        let secrets = secrets.filter { !$0.isEmpty }
        switch self {
        case .hmac(let signature):
            try signature.verify(request, secrets: secrets)
        case .token(let header, let query):
            try verifyToken(of: request, header: header, query: query, secrets: secrets)
        case .ecdsa(let header, let timestampHeader, let tolerance):
            try ECDSASignature(header: header, timestampHeader: timestampHeader, tolerance: tolerance)
                .verify(request, keys: secrets)
        case .standard:
            return try StandardWebhook(secrets: secrets.compactMap { WebhookSecret($0) })
                .verify(request.headers, body: request.body, at: request.now)
        }
        return nil
    }

    /// What makes a request one that is taken: headers, by names in lower case, and members of the query.
    ///
    /// It is for tests. `nil` when nobody but the vendor can sign, or the secret is not one.
    public func sign(
        _ request: ReceivedRequest,
        secret: String
    ) -> (headers: [String: String], query: [String: String])? {
        switch self {
        case .hmac(let signature):
            signature.headers(for: request, secret: secret).map { (headers: $0, query: [:]) }
        case .token(let header?, _): (headers: [header.lowercased(): secret], query: [:])
        case .token(nil, let query?): (headers: [:], query: [query: secret])
        case .token(nil, nil), .ecdsa: nil
        case .standard: standardHeaders(for: request, secret: secret).map { (headers: $0, query: [:]) }
        }
    }

    private func standardHeaders(for request: ReceivedRequest, secret: String) -> [String: String]? {
        guard let secret = WebhookSecret(secret) else { return nil }
        let id = request.headers["webhook-id"] ?? "msg_1"
        return try? StandardWebhook(secrets: [secret]).headers(id: id, body: request.body, at: request.now)
    }

    // MARK: Tokens

    private func verifyToken(
        of request: ReceivedRequest,
        header: String?,
        query: String?,
        secrets: [String]
    ) throws(WebhookError) {
        let token: String? =
            if let header { try request.header(named: header) } else { query.flatMap { request.query[$0] } }
        guard let token, secrets.contains(where: { isEqual($0, token) }) else { throw .wrongToken }
    }

    /// Compares digests, so that the time it takes says nothing of the secret; theirs is constant.
    private func isEqual(_ secret: String, _ token: String) -> Bool {
        SHA256.hash(data: Array(secret.utf8)) == SHA256.hash(data: Array(token.utf8))
    }
}

extension ReceivedRequest {
    /// A header's value; one that is empty is missing.
    func header(named name: String) throws(WebhookError) -> String {
        guard let value = headers[name.lowercased()], !value.isEmpty else { throw .missing(name) }
        return value
    }
}

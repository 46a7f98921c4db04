import Crypto
import Events

extension HMACSignature {
    /// More signatures than this are not looked at.
    private static let mostSignatures = 16

    /// Throws unless one of the signatures was made with one of the secrets, and lately.
    func verify(_ request: ReceivedRequest, secrets: [String]) throws(WebhookError) {
        let value = try request.header(named: header)
        let time = try time(of: request, in: value)
        guard let text = SignedText(signed)?.bytes(of: request, timestamp: time?.text ?? ""),
            isAnySigned(codes(in: value), text: text, secrets: secrets)
        else { throw .wrongSignature }
        if let time { try timestamp.check(time.count, at: request.now) }
    }

    /// The headers by which a request is taken; `nil` when what is signed is no template.
    func headers(for request: ReceivedRequest, secret: String) -> [String: String]? {
        let time = timestamp.text(at: request.now)
        let hasTime = elements != nil || timestamp.header != nil
        guard let text = SignedText(signed)?.bytes(of: request, timestamp: hasTime ? time : "") else { return nil }
        let code = prefix + encoded(code(of: text, secret: secret))
        if let elements {
            return [header.lowercased(): "\(elements.timestamp)=\(time),\(elements.signature)=\(code)"]
        }
        var headers = [header.lowercased(): code]
        if let name = timestamp.header { headers[name.lowercased()] = time }
        return headers
    }

    // MARK: The header

    private func time(
        of request: ReceivedRequest,
        in value: String
    ) throws(WebhookError) -> (text: String, count: Int64)? {
        if let elements {
            guard let text = Self.values(of: elements.timestamp, in: value).first else { throw .malformed(header) }
            return (text, try timestamp.count(in: text, of: header))
        }
        guard let name = timestamp.header else { return nil }
        let text = try request.header(named: name)
        return (text, try timestamp.count(in: text, of: name))
    }

    /// The signatures that can be read.
    private func codes(in value: String) -> [[UInt8]] {
        let texts = elements.map { Self.values(of: $0.signature, in: value) } ?? [value]
        return texts.prefix(Self.mostSignatures).compactMap { text in
            text.hasPrefix(prefix) ? decoded(text.dropFirst(prefix.count)) : nil
        }
    }

    /// What stands behind a name, each time that it comes in `name=value,name=value`.
    private static func values(of name: String, in list: String) -> [String] {
        list.split(separator: ",").compactMap { part in
            let element = part.drop { $0 == " " }
            return element.hasPrefix("\(name)=") ? String(element.dropFirst(name.count + 1)) : nil
        }
    }

    private func decoded(_ text: Substring) -> [UInt8]? {
        switch encoding {
        case .base64: Base64.decode(text)
        case .hex: Hexadecimal.decode(text)
        }
    }

    private func encoded(_ code: [UInt8]) -> String {
        switch encoding {
        case .base64: Base64.encode(code)
        case .hex: Hexadecimal.encode(code)
        }
    }

    // MARK: The code

    private func isAnySigned(_ codes: [[UInt8]], text: [UInt8], secrets: [String]) -> Bool {
        codes.contains { code in secrets.contains { isSigned(code, text: text, secret: $0) } }
    }

    /// Whether a code is the text's, in constant time.
    private func isSigned(_ code: [UInt8], text: [UInt8], secret: String) -> Bool {
        let key = SymmetricKey(data: Array(secret.utf8))
        return switch hash {
        case .sha256: HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: text, using: key)
        case .sha1: HMAC<Insecure.SHA1>.isValidAuthenticationCode(code, authenticating: text, using: key)
        }
    }

    private func code(of text: [UInt8], secret: String) -> [UInt8] {
        let key = SymmetricKey(data: Array(secret.utf8))
        return switch hash {
        case .sha256: Array(HMAC<SHA256>.authenticationCode(for: text, using: key))
        case .sha1: Array(HMAC<Insecure.SHA1>.authenticationCode(for: text, using: key))
        }
    }
}

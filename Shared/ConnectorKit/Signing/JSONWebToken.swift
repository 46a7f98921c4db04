import Crypto
import CryptoExtras
public import Events
import JQ

/// Claims that are signed, RFC 7519, in the compact form of RFC 7515.
public enum JSONWebToken {
    /// How it is signed, by its name in RFC 7518.
    enum Algorithm: String, CaseIterable, Sendable {
        case hs256 = "HS256"
        case rs256 = "RS256"
        case es256 = "ES256"
    }

    /// How the key of an HMAC is written.
    enum KeyEncoding: String, CaseIterable, Sendable {
        case text, hex, base64
    }

    /// What it is signed with.
    enum Key {
        case hmac(SymmetricKey)
        case rsa(_RSA.Signing.PrivateKey)
        case ecdsa(P256.Signing.PrivateKey)
    }

    /// The token; equal inputs give equal tokens, but for ES256.
    static func signed(_ claims: JSONValue, id: String?, by key: Key) throws(ProgramError) -> String {
        var header: [String: JSONValue] = ["alg": .string(key.algorithm.rawValue), "typ": "JWT"]
        if let id { header["kid"] = .string(id) }
        let text = "\(Base64.encodeForURL(JSONValue.object(header).bytes)).\(Base64.encodeForURL(claims.bytes))"
        return "\(text).\(Base64.encodeForURL(try key.signature(of: Array(text.utf8))))"
    }

    /// What a token says, whoever signed it: its `header` and its `claims`; for fixtures.
    public static func contents(of token: String) -> JSONValue? {
        let parts = token.split(separator: ".").map { part in
            decoded(String(part)).flatMap { try? JSONValue(parsing: $0) }
        }
        guard parts.count == 3, let header = parts[0], let claims = parts[1] else { return nil }
        return ["header": header, "claims": claims]
    }

    /// The bytes of Base64 in either alphabet.
    static func decoded(_ text: String) -> [UInt8]? {
        Base64.decode(text.replacing("-", with: "+").replacing("_", with: "/"))
    }
}

extension JSONWebToken.Key {
    /// Reads a key; the error says what it should be, and nothing of what it is.
    init(
        _ text: String,
        for algorithm: JSONWebToken.Algorithm,
        _ encoding: JSONWebToken.KeyEncoding = .text
    ) throws(ProgramError) {
        guard !text.isEmpty else { throw ProgramError(problem: "There is no key.") }
        switch algorithm {
        case .hs256: self = .hmac(try Self.secret(text, encoding))
        case .rs256:
            guard let key = try? _RSA.Signing.PrivateKey(pemRepresentation: Self.pem(text)) else {
                throw ProgramError(problem: "The key is no private RSA key in PEM, of 2048 bits or more.")
            }
            self = .rsa(key)
        case .es256:
            guard let key = try? P256.Signing.PrivateKey(pemRepresentation: Self.pem(text)) else {
                throw ProgramError(problem: "The key is no private P-256 key in PEM.")
            }
            self = .ecdsa(key)
        }
    }

    private static func secret(
        _ text: String,
        _ encoding: JSONWebToken.KeyEncoding
    ) throws(ProgramError) -> SymmetricKey {
        let bytes =
            switch encoding {
            case .text: Array(text.utf8)
            case .hex: Hexadecimal.decode(text)
            case .base64: JSONWebToken.decoded(text)
            }
        guard let bytes, !bytes.isEmpty else {
            throw ProgramError(problem: "The key is not written as \(encoding.rawValue).")
        }
        return SymmetricKey(data: bytes)
    }

    /// In environment variables and JSON files, line breaks are often written as `\n`.
    private static func pem(_ text: String) -> String {
        text.replacing("\\n", with: "\n").split { $0 == "\n" || $0 == "\r\n" }
            .map { String($0).withoutSpaceAround }.joined(separator: "\n")
    }

    var algorithm: JSONWebToken.Algorithm {
        switch self {
        case .hmac: .hs256
        case .rsa: .rs256
        case .ecdsa: .es256
        }
    }

    func signature(of bytes: [UInt8]) throws(ProgramError) -> [UInt8] {
        do {
            switch self {
            case .hmac(let key): return Array(HMAC<SHA256>.authenticationCode(for: bytes, using: key))
            case .rsa(let key):
                let digest = SHA256.hash(data: bytes)
                return Array(try key.signature(for: digest, padding: .insecurePKCS1v1_5).rawRepresentation)
            case .ecdsa(let key): return Array(try key.signature(for: bytes).rawRepresentation)
            }
        } catch {
            throw ProgramError(problem: "The key cannot sign.")
        }
    }
}

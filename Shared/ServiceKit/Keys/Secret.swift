import Crypto
import Events
public import Topics

/// A key's secret: shown once to a person, kept only as its hash.
public enum Secret {
    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)

    /// A new secret of 160 random bits, marked with its scope: `kw_…`, `kr_…` or `ka_…`.
    public static func generate(_ scope: GrantedKey.Scope) -> String {
        var random = SystemRandomNumberGenerator()
        let letters = (0..<32).map { _ in alphabet[Int(random.next(upperBound: UInt(32)))] }
        return "k\(scope.rawValue.prefix(1))_\(String(decoding: letters, as: UTF8.self))"
    }

    /// The SHA-256 of the secret in lower-case hexadecimal; a secret of 160 random bits needs no salt and no stretching.
    public static func hash(_ secret: String) -> String {
        Hexadecimal.encode(SHA256.hash(data: Array(secret.utf8)))
    }
}

import Crypto
import Events

/// A secret that both sides of a webhook know: `whsec_` and the Base64 of 24 to 64 bytes.
public struct WebhookSecret: Sendable {
    let key: SymmetricKey

    /// Reads the secret, with its prefix or without; `nil` when the text is not one.
    public init?(_ text: String) {
        let encoded = text.hasPrefix("whsec_") ? text.dropFirst(6) : text[...]
        guard let bytes = Base64.decode(encoded), (24...64).contains(bytes.count) else { return nil }
        key = SymmetricKey(data: bytes)
    }
}

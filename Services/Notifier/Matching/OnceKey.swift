import Crypto
import Events

/// The name of one message: rule, identifier and event; also the id of its command.
struct OnceKey: Hashable, Sendable, CustomStringConvertible {
    /// 128 bits of a hash in lower-case hexadecimal.
    let description: String

    init(rule: String, identifier: Identifier, messageID: String, source: String) {
        var hash = SHA256()
        for part in [rule, identifier.namespace, identifier.value, source, messageID] {
            // The length keeps ("ab", "c") and ("a", "bc") apart.
            hash.update(data: Array("\(part.utf8.count):\(part)".utf8))
        }
        let digits = Array("0123456789abcdef".utf8)
        let hex = hash.finalize().prefix(16).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        description = String(decoding: hex, as: UTF8.self)
    }

    /// A key as it was kept.
    init(stored: String) {
        description = stored
    }
}

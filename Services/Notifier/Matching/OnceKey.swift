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
        description = Hexadecimal.encode(hash.finalize().prefix(16))
    }

    /// A key as it was kept.
    init(stored: String) {
        description = stored
    }
}

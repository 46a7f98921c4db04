import Events

/// The names under which clients send their write key.
///
/// A key is a secret: it lives in the log only as its hash.
enum KeyNames {
    /// In a body or an event, in the order in which they count.
    static let body = ["writeKey", "api_key", "token", "$token"]
    /// In a query, likewise.
    static let query = ["writeKey", "writekey", "write_key", "api_key", "token"]

    /// Whether a text has the form of a write key that Kith has made.
    static func looksLikeKey(_ text: String) -> Bool { text.hasPrefix("kw_") }
}

extension Splice {
    /// Takes the write keys out of an object; a `token` of the sender's own stays.
    mutating func removeKeys(of object: JSONView, isKey: (String) -> Bool) {
        for name in KeyNames.body {
            guard let key = object[name], name == "writeKey" || key.string.map(isKey) == true else { continue }
            remove(key)
        }
    }
}

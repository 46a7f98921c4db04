import Events

/// The names under which clients send their write key.
///
/// A key is a secret: it lives in the log only as its hash.
enum KeyNames {
    /// In a body or an event, in the order in which they count.
    static let body = ["writeKey", "api_key", "token", "$token"]
    /// In a query, likewise.
    static let query = ["writeKey", "writekey", "write_key", "api_key", "token"]
}

extension Splice {
    /// Takes the write keys out of an object; a `token` of the sender's own stays.
    mutating func removeKeys(of object: JSONView) {
        for name in KeyNames.body {
            guard let key = object[name], name == "writeKey" || key.string?.hasPrefix("kw_") == true else { continue }
            remove(key)
        }
    }
}

import Events

/// Texts as addresses and forms have them: `application/x-www-form-urlencoded`.
public enum FormText {
    /// What was encoded; a plus stands for a space, and U+0000 for nothing.
    public static func decoded(_ text: some StringProtocol) -> String {
        let bytes = PercentEncoding.meant(by: Array(text.utf8), plusIsSpace: true)
        return String(decoding: bytes.filter { $0 != 0 }, as: UTF8.self)
    }

    /// Fields with their values, as one text.
    public static func text(of fields: [(name: String, value: String)]) -> String {
        fields.map { "\(PercentEncoding.encode($0.name))=\(PercentEncoding.encode($0.value))" }.joined(separator: "&")
    }

    /// The fields of a text, in their order; at most ten thousand.
    public static func fields(of text: some StringProtocol) -> [(name: String, value: String)] {
        Substring(text).split(separator: "&").prefix(10_000).map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (decoded(parts[0]), parts.count == 2 ? decoded(parts[1]) : "")
        }
    }
}

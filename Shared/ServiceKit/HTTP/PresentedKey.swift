import Events
public import HTTPTypes

/// The key that a request's headers carry.
public enum PresentedKey {
    /// `Authorization: Bearer`, else the user name of `Basic`, else `X-Write-Key` or `X-Api-Key`; `nil` without any.
    public static func find(in headers: HTTPFields) -> String? {
        all(in: headers).first
    }

    /// All of these, in the order in which they count.
    public static func all(in headers: HTTPFields) -> [String] {
        let inAuthorization = headers[.authorization].flatMap(find(inAuthorization:))
        return (inAuthorization.map { [$0] } ?? []) + besideAuthorization(in: headers)
    }

    /// `X-Write-Key` and `X-Api-Key`, which count when `Authorization` is for somebody else.
    public static func besideAuthorization(in headers: HTTPFields) -> [String] {
        [HTTPField.Name.writeKey, .apiKey].compactMap { headers[$0] }.filter { !$0.isEmpty }
    }

    /// The token of `Bearer`, or the user name of `Basic`.
    public static func find(inAuthorization value: String) -> String? {
        let parts = value.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        guard parts.count == 2 else { return nil }
        switch parts[0].lowercased() {
        case "bearer": return String(parts[1].drop { $0 == " " })
        case "basic": return userName(inBasic: parts[1])
        default: return nil
        }
    }

    private static func userName(inBasic encoded: Substring) -> String? {
        guard let bytes = Base64.decode(either: encoded) else { return nil }
        let name = String(decoding: bytes.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self)
        return name.isEmpty ? nil : name
    }
}

extension HTTPField.Name {
    static let writeKey = literal("X-Write-Key")
    static let apiKey = literal("X-Api-Key")
}

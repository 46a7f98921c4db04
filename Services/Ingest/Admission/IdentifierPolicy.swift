import Events

/// Which texts are nobody's id, because they are what programs write when they have none.
///
/// An event whose only id is one of these would be thrown together with all the others like it, so it is refused at the door.
enum IdentifierPolicy {
    /// What an id was found to be.
    enum Finding: Equatable {
        case fine
        case empty
        case illegal(reason: String)
    }

    /// In any letter case: PostHog's list, and what profiles take for nobody's as well.
    private static let words: Set<String> = [
        "anonymous", "guest", "distinctid", "distinct_id", "id", "not_authenticated", "email", "undefined", "true",
        "false", "null", "none", "nil", "nan", "n/a", "na", "unknown", "anonymousid", "anonymous_id", "userid",
        "user_id",
        "deviceid", "device_id", "-1", "[object object]", "$posthog_cookieless",
    ]

    /// Judges an id.
    static func judge(_ id: String, limits: Limits) -> Finding {
        let count = id.utf8.count
        if count > limits.identifierBytes {
            return .illegal(reason: "has \(count) bytes; at most \(limits.identifierBytes) are taken")
        }
        if isZero(id) { return .illegal(reason: "has nothing but zeros, which identifies nobody") }
        // Nothing on the list is longer, quotes and white space aside, so most ids are settled here.
        if count > longestSuspect { return .fine }
        let bare = bare(id)
        if bare.isEmpty { return .empty }
        return isZero(bare) || words.contains(bare) ? .illegal(reason: "is “\(id)”, which identifies nobody") : .fine
    }

    /// Nothing but zeros and hyphens, such as an empty UUID.
    private static func isZero(_ id: String) -> Bool {
        !id.isEmpty && id.utf8.allSatisfy { $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: "-") }
    }

    private static let longestSuspect = 28

    /// Without white space and quotes around it, in lower case.
    private static func bare(_ id: String) -> String {
        var text = Substring(id)
        while let first = text.unicodeScalars.first, isPadding(first) { text.unicodeScalars.removeFirst() }
        while let last = text.unicodeScalars.last, isPadding(last) { text.unicodeScalars.removeLast() }
        return text.lowercased()
    }

    private static func isPadding(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "\"" || scalar == "'" || scalar.properties.isWhitespace
    }
}

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

    /// In any letter case.
    private static let words: Set<String> = [
        "anonymous", "guest", "distinctid", "distinct_id", "id", "not_authenticated", "email", "undefined", "true",
        "false",
        "null", "none", "nil", "nan", "[object object]", "$posthog_cookieless",
    ]

    /// Judges an id.
    static func judge(_ id: String, limits: Limits) -> Finding {
        let count = id.utf8.count
        if count > limits.identifierBytes {
            return .illegal(reason: "has \(count) bytes; at most \(limits.identifierBytes) are taken")
        }
        // Nothing on the list is longer, quotes and white space aside, so most ids are settled here.
        if count > longestSuspect { return .fine }
        let bare = bare(id)
        if bare.isEmpty { return .empty }
        let isJunk = bare == "0" || words.contains(bare)
        return isJunk ? .illegal(reason: "is “\(id)”, which identifies nobody") : .fine
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

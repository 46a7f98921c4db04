extension Condition {
    /// Whether a profile meets the condition.
    public func matches(_ profile: ProfileSnapshot) -> Bool {
        switch self {
        case .all(let conditions): conditions.allSatisfy { $0.matches(profile) }
        case .any(let conditions): conditions.contains { $0.matches(profile) }
        case .not(let condition): !condition.matches(profile)
        case .trait(let condition): condition.matches(profile.traits)
        case .identifier(let condition): condition.matches(profile.identifiers)
        case .event(let condition): condition.matches(profile.events, now: profile.now)
        case .text(let query):
            Self.words(of: query).allSatisfy { word in profile.text.contains { Self.has(word, in: $0) } }
        }
    }

    /// The words of a text in lower case: runs of letters and digits.
    static func words(of text: String) -> [Substring] {
        text.lowercased().split { !$0.isLetter && !$0.isNumber }
    }

    private static func has(_ start: Substring, in text: String) -> Bool {
        words(of: text).contains { $0.hasPrefix(start) }
    }
}

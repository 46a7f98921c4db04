/// Tells from what a tap says at its end why it ended.
///
/// The specification knows success and failure only; the last lines on its standard error are all there is to go by.
public enum SingerFailure {
    /// What kind of failure it was, and the line that says so.
    public static func failure(exit: String, lines: [String]) -> ConnectorFailure {
        let spoken = lines.filter { !isAside($0) }
        let telling = spoken.last { Self.kind(of: $0) != nil }
        let text = (telling ?? spoken.last ?? lines.last { !$0.isBlank } ?? "").trimmed
        let kind = telling.flatMap { Self.kind(of: $0) } ?? .system
        return ConnectorFailure(kind, "The tap \(exit)\(text.isEmpty ? "." : ": \(text)")")
    }

    /// Whether a line does not tell what went wrong: it reports progress, or is a place or code of a traceback.
    private static func isAside(_ line: String) -> Bool {
        line.isBlank || line.first?.isWhitespace == true || line.contains("METRIC")
            || line.split(whereSeparator: { !$0.isLetter }).contains { $0 == "INFO" || $0 == "DEBUG" }
    }

    private static func kind(of line: String) -> ConnectorFailure.Kind? {
        // Vendors write `rate_limit_exceeded` where others write “rate limit exceeded”.
        let line = line.lowercased().replacing("_", with: " ")
        let words = line.split { !$0.isNumber && !$0.isLetter }
        return patterns.first { pattern in
            words.contains { pattern.statuses.contains(String($0)) } || pattern.words.contains { line.contains($0) }
        }?.kind
    }

    private struct Pattern {
        var kind: ConnectorFailure.Kind
        /// As words of their own: a port or an id may have the same digits.
        var statuses: [String]
        var words: [String]
    }

    /// The more telling ones first.
    private static let patterns = [
        Pattern(kind: .rateLimit, statuses: ["429"], words: ["rate limit", "too many requests", "ratelimit"]),
        Pattern(
            kind: .permission,
            statuses: ["403"],
            words: ["forbidden", "missing scopes", "permission denied", "insufficient scope"]
        ),
        Pattern(
            kind: .configuration,
            statuses: ["401"],
            words: [
                "unauthorized", "unauthorised", "authentication failed", "validation", "is required", "keyerror",
                "missing required", "invalid grant", "invalid credentials", "config",
            ]
        ),
        Pattern(
            kind: .transient,
            statuses: ["502", "503", "504"],
            words: [
                "connectionerror", "connection refused", "connection reset", "connection aborted", "timed out",
                "timeout",
                "name resolution", "temporarily", "max retries", "500 server", "could not connect",
                "server closed the connection",
            ]
        ),
    ]
}

extension String {
    fileprivate var isBlank: Bool { allSatisfy(\.isWhitespace) }

    fileprivate var trimmed: String {
        let text = drop { $0.isWhitespace }
        return String(text.prefix(500))
    }
}

/// Tells from what a tap says at its end why it ended.
///
/// The specification knows success and failure only; the last lines on its standard error are all there is to go by.
public enum SingerFailure {
    /// What kind of failure it was, and the line that says so.
    public static func failure(exit: String, lines: [String]) -> ConnectorFailure {
        let said = lines.last { !$0.allSatisfy(\.isWhitespace) } ?? ""
        let telling = lines.reversed().first { line in patterns.contains { $0.isIn(line.lowercased()) } }
        let kind = telling.flatMap { line in patterns.first { $0.isIn(line.lowercased()) }?.kind } ?? .system
        let text = (telling ?? said).trimmed
        return ConnectorFailure(kind, "The tap \(exit)\(text.isEmpty ? "." : ": \(text)")")
    }

    private struct Pattern {
        var kind: ConnectorFailure.Kind
        var words: [String]

        func isIn(_ line: String) -> Bool { words.contains { line.contains($0) } }
    }

    /// The more telling ones first.
    private static let patterns = [
        Pattern(kind: .rateLimit, words: ["429", "rate limit", "too many requests", "ratelimit"]),
        Pattern(
            kind: .permission,
            words: ["403", "forbidden", "missing_scopes", "permission denied", "insufficient scope"]
        ),
        Pattern(
            kind: .configuration,
            words: [
                "401", "unauthorized", "unauthorised", "authentication failed", "validation", "is required", "keyerror",
                "missing required", "invalid_grant", "invalid credentials", "config",
            ]
        ),
        Pattern(
            kind: .transient,
            words: [
                "connectionerror", "connection refused", "connection reset", "connection aborted", "timed out",
                "timeout",
                "name resolution", "temporarily", "max retries", "500 server", "502", "503", "504", "could not connect",
                "server closed the connection",
            ]
        ),
    ]
}

extension String {
    fileprivate var trimmed: String {
        let text = drop { $0.isWhitespace }
        return String(text.prefix(500))
    }
}

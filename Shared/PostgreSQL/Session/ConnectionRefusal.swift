/// What a verbose message of a connection that came to nothing says.
struct ConnectionRefusal: Equatable {
    /// The SQLSTATE, when the server refused.
    var state: String?
    /// The reason, of several hosts the last one's.
    var message: String

    /// Reads `connection to server at "…", port 5432 failed: FATAL:  28P01: password authentication failed …`.
    init(_ text: String) {
        let line = Self.lastLine(of: text)
        message = line
        // The severity is in the server's language; two spaces follow it.
        guard let gap = line.firstRange(of: ":  ") else { return }
        let rest = line[gap.upperBound...]
        guard let colon = rest.firstIndex(of: ":"), rest[..<colon].utf8.count == 5,
            rest[..<colon].allSatisfy({ $0.isASCII && ($0.isNumber || $0.isUppercase) })
        else { return }
        state = String(rest[..<colon])
        message = String(rest[rest.index(after: colon)...].drop { $0 == " " })
    }

    /// The last line that is not about the server's source code or advice.
    static func lastLine(of text: String) -> String {
        let lines = text.split(whereSeparator: \.isNewline)
        let telling = lines.last { !$0.hasPrefix("LOCATION:") && !$0.hasPrefix("\t") && !$0.hasPrefix("HINT:") }
        return (telling ?? lines.last).map(String.init) ?? "The server gave no reason."
    }
}

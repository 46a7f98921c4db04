import Identity

/// Words that somebody looks for in people's names; each may be the beginning of one.
struct SearchText: Sendable, Equatable {
    /// Runs of letters and digits, in the form that names are indexed in.
    let words: [String]

    private static let most = 16

    init(_ text: String) {
        words = NameText.folded(text).split { !$0.isLetter && !$0.isNumber }.prefix(Self.most).map(String.init)
    }

    /// The words as SQLite's full-text index wants them: quoted, since some are operators to it, and open at their end.
    var match: String { words.map { "\"\($0)\"*" }.joined(separator: " AND ") }

    /// The words as PostgreSQL's wants them; of a long word it knows the beginning only.
    var query: String {
        words.map { "'\(String(String.UnicodeScalarView($0.unicodeScalars.prefix(Self.longest))))':*" }
            .joined(separator: " & ")
    }

    /// In characters, as ``SearchColumns`` has it.
    private static let longest = 500
}

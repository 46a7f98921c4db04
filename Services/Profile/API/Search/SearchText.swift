import Identity

/// Words that somebody looks for in people's names; each may be the beginning of one.
struct SearchText: Sendable, Equatable {
    /// Runs of letters and digits, in the form that names are indexed in.
    let words: [String]

    private static let most = 16

    init(_ text: String) {
        let plain = NameText.folded(text).unicodeScalars.map { Self.quotes.contains($0) ? " " : $0 }
        words = String(String.UnicodeScalarView(plain)).split { !$0.isLetter && !$0.isNumber }.prefix(Self.most)
            .map(String.init)
    }

    /// What ends a quoted word, or is written with it: behind some letters, as “ൎ”, it is one character with them to Swift.
    private static let quotes: Set<Unicode.Scalar> = ["\"", "'", "\\"]

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

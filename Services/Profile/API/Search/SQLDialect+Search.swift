import Store

/// What the engines say in different words, of what a search asks for.
extension SQLDialect {
    /// Whether there is a way to name a member of an object that lies so deep.
    func canName(_ names: [String]) -> Bool {
        // SQLite's paths know no escapes, and PostgreSQL's texts no U+0000.
        names.allSatisfy { name in
            self == .sqlite
                ? !name.isEmpty
                    && name.utf8.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
                : !name.utf8.contains(0)
        }
    }

    /// The profiles whose traits the engine cannot look into, if there may be any (``SearchColumns``).
    var unreadable: SQLText? { self == .sqlite ? nil : "jsonb_typeof(p.facts) = 'array'" }

    // MARK: - Texts

    /// Whether a text ends with another one, which is not empty.
    func ends(_ text: SQLText, with end: String) -> SQLText {
        let end = end.sqlValue
        return self == .sqlite
            ? "substr(" + text + SQLText(", -length(?)) = ?", [end, end])
            : "right(" + text + SQLText(", length(?)) = ?", [end, end])
    }

    /// A text's beginnings of words, as ``SearchText`` gives them, among the names of the row `p`.
    func names(beginWith text: SearchText) -> SQLText {
        guard !text.words.isEmpty else { return .yes }
        return self == .sqlite
            ? SQLText("p.id IN (SELECT rowid FROM profile_name WHERE profile_name MATCH ?)", [text.match.sqlValue])
            : SQLText("p.words @@ CAST(kith_plain(?) AS tsquery)", [text.query.sqlValue])
    }

    /// Whether a text is among others, which come as one JSON list.
    func among(_ text: SQLText, _ list: String) -> SQLText {
        self == .sqlite
            ? text + SQLText(" IN (SELECT value FROM json_each(?))", [list.sqlValue])
            : text + SQLText(" IN (SELECT jsonb_array_elements_text(CAST(? AS jsonb)))", [list.sqlValue])
    }

    /// A profile's public key as a text that sorts like it.
    var key: SQLText {
        self == .sqlite
            ? "hex((SELECT key FROM identifier WHERE id = p.founder))"
            : "upper(encode((SELECT key FROM identifier WHERE id = p.founder), 'hex')) COLLATE \"C\""
    }

    /// Whether a text has some shape.
    func has(_ text: SQLText, _ shape: TextShape) -> SQLText {
        switch (self, shape) {
        case (.sqlite, .time): Self.isTimeInSQLite(text)
        case (.sqlite, _): text + SQLText(" GLOB ?", [shape.glob.sqlValue])
        case (.postgreSQL, _): text + SQLText(" ~ ?", [shape.expression.sqlValue])
        }
    }

    /// SQLite takes a day that is not in the calendar for one some days later.
    private static func isTimeInSQLite(_ text: SQLText) -> SQLText {
        let digits = { (glob: String) in glob.replacing("#", with: "[0-9]").sqlValue }
        let hours = ["[01]#", "2[0-3]"].map { "####-##-##T\($0):[0-5]#:[0-5]#" }
        let globs = ["####-##-##"] + hours.flatMap { ["\($0)Z", "\($0).###Z"] }
        let shapes = globs.map { text + SQLText(" GLOB ?", [digits($0)]) }
        let day = "substr(" + text + ", 1, 10)"
        return .joined(
            [.joined(shapes, by: "OR", none: .no), "date(" + day + ", '+0 days') = " + day],
            by: "AND",
            none: .no
        )
    }

    // MARK: - Numbers

    /// A number's place in a comparison with a number of a trait.
    var number: String { self == .sqlite ? "?" : "CAST(CAST(? AS text) AS numeric)" }
}

/// What a text looks like.
enum TextShape {
    /// It has something that can be written with other code points, so it may equal a text that differs.
    case respelled
    /// A day, or a time in UTC, as they are mostly written; others may be right as well.
    case time

    /// Whether a text has this shape: ``respelled``.
    static func isRespelled(_ text: String) -> Bool {
        text.unicodeScalars.contains { scalar in respellings.contains { $0.contains(scalar.value) } }
    }

    /// Where the characters are that Unicode's normalization forms compose, replace or put in another order.
    ///
    /// A few beside them that are none cost time, and nothing else.
    private static let respellings: [ClosedRange<UInt32>] = [
        0x300...0x36F, 0x374...0x387, 0x591...0x5C7, 0x610...0x61A, 0x64B...0x65F, 0x670...0x670,
        0x93C...0x93C, 0x958...0x95F, 0x9BC...0x9BE, 0x9D7...0x9DF, 0xA33...0xA3C, 0xA59...0xA5E,
        0xABC...0xABC, 0xB3C...0xB3E, 0xB56...0xB5D, 0xBBE...0xBBE, 0xBD7...0xBD7, 0xC56...0xC56,
        0xCBC...0xCBC, 0xCC2...0xCC2, 0xCD5...0xCD6, 0xD3E...0xD3E, 0xD57...0xD57, 0xDCA...0xDDF,
        0xE38...0xE3A, 0xEB8...0xEBA, 0xF43...0xFB9, 0x102E...0x1037, 0x1100...0x11FF, 0x1B34...0x1B35,
        0x1F71...0x1FFD, 0x2000...0x2001, 0x2126...0x212B, 0x2329...0x232A, 0x2ADC...0x2ADC,
        0x3099...0x309A, 0xF900...0xFAFF, 0xFB1D...0xFB4E, 0x110BA...0x110BA, 0x11127...0x11127,
        0x1133E...0x11357, 0x114B0...0x114BD, 0x115AF...0x115AF, 0x11930...0x11930, 0x1D15E...0x1D1C0,
        0x2F800...0x2FA1D,
    ]

    private static let respelledGlob = "*[" + list { String(Unicode.Scalar($0) ?? " ") } + "]*"
    private static let respelledExpression =
        "[" + list { "\\U0\(String($0 + 0x1000_0000, radix: 16).dropFirst())" } + "]"

    private static func list(_ text: (UInt32) -> String) -> String {
        respellings.map { "\(text($0.lowerBound))-\(text($0.upperBound))" }.joined()
    }

    fileprivate var glob: String { Self.respelledGlob }

    /// Of the days, the 29th of February is left out: it is not in every calendar.
    fileprivate var expression: String {
        switch self {
        case .respelled: Self.respelledExpression
        case .time:
            "^[0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
                + "|02-(0[1-9]|1[0-9]|2[0-8]))(T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{3})?Z)?$"
        }
    }
}

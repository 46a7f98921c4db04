/// Text from elsewhere, made safe to show: a name or a trait must not move the cursor or recolour the terminal.
enum Printable {
    /// The text with every control character replaced; line ends and tabs become spaces unless lines are kept.
    static func clean(_ text: String, keepingLines: Bool = false) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n" where keepingLines: result.append(scalar)
            case "\n", "\r", "\t": result.append(" ")
            default: result.append(isHarmless(scalar) ? scalar : "\u{FFFD}")
            }
        }
        return String(result)
    }

    private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F: false
        // Marks that turn the direction of writing can make a line read as something else.
        case 0x202A...0x202E, 0x2066...0x2069: false
        default: true
        }
    }
}

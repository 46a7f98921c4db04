import Foundation
public import Identity

extension Rules {
    /// The rules as a file that says all of them: equal rules have the same text, which ``init(yaml:)`` reads back to these.
    ///
    /// Names and texts stand in the order of their UTF-8 bytes; a trait whose value seen last counts is left out.
    public var canonicalText: String {
        RulesReader.Field.allCases.map { "\($0.rawValue):\(text(of: $0))\n" }.joined()
    }

    /// The rules as a file that says what of ``canonicalText`` is not so by default: nothing, where all is.
    public var briefText: String {
        let defaults = Rules()
        return RulesReader.Field.allCases.map { field in
            let text = text(of: field)
            return text == defaults.text(of: field) ? "" : "\(field.rawValue):\(text)\n"
        }.joined()
    }

    private func text(of field: RulesReader.Field) -> String {
        switch field {
        case .country: " \(country.quoted)"
        case .foldMailboxes: " \(foldsMailboxes)"
        case .degreeLimit: " \(degreeLimit)"
        case .identifierBytes: " \(identifierBytes)"
        case .identifiersPerEvent: " \(identifiersPerEvent)"
        case .traitBytes: " \(traitBytes)"
        case .signOutEvents: " \(signOutEvents.list)"
        case .namespaces: namespaces.mapValues(\.text).lines
        case .otherNamespaces: " \(other.text)"
        case .contactNamespaces: " \(contact.text)"
        case .traits: traits.filter { $0.value != .last }.mapValues(\.text).lines
        }
    }
}

extension NamespaceRule {
    fileprivate var text: String {
        let fields = NamespaceReader.Field.allCases.map { "\($0.rawValue): \(text(of: $0))" }
        return "{\(fields.joined(separator: ", "))}"
    }

    private func text(of field: NamespaceReader.Field) -> String {
        switch field {
        case .priority: "\(priority)"
        case .limit: "\(limit)"
        case .unique: "\(isUnique)"
        case .device: "\(isDevice)"
        case .normalize: normalization.rawValue
        case .mayRepeat: "\(mayRepeat)"
        case .sharedAbove: "\(shareThreshold)"
        case .sharedAboveWeak: "\(weakShareThreshold)"
        case .junk: junk.list
        }
    }
}

extension TraitRule {
    fileprivate var text: String {
        guard case .trusted(let sources) = self else { return "{keep: \(keep.rawValue)}" }
        return "{keep: \(keep.rawValue), sources: [\(sources.map(\.quoted).joined(separator: ", "))]}"
    }

    private var keep: TraitReader.Keep {
        switch self {
        case .last: .last
        case .first: .first
        case .max: .max
        case .min: .min
        case .union: .union
        case .longest: .longest
        case .trusted: .trusted
        }
    }
}

// MARK: - YAML

extension [String: String] {
    /// The members of a mapping, each on its line.
    fileprivate var lines: String {
        if isEmpty { return " {}" }
        let members = map { (name: $0.key.quoted, text: $0.value) }
        return members.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
            .map { "\n  \($0.name): \($0.text)" }.joined()
    }
}

extension Set<String> {
    fileprivate var list: String {
        "[\(map(\.quoted).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.joined(separator: ", "))]"
    }
}

extension String {
    /// The text in quotes; texts that are equal, as é is to e with an accent, have the same bytes.
    fileprivate var quoted: String {
        var quoted = "\""
        for scalar in precomposedStringWithCanonicalMapping.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case _ where scalar.isPrintable: quoted.unicodeScalars.append(scalar)
            default: quoted += scalar.escaped
            }
        }
        return quoted + "\""
    }
}

extension Unicode.Scalar {
    /// Whether YAML takes it in quotes as it is, and does not fold it with the lines.
    fileprivate var isPrintable: Bool {
        switch value {
        case 0x20...0x7E, 0xA0...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }

    fileprivate var escaped: String {
        let digits = String(value, radix: 16, uppercase: true)
        let (letter, length) = value < 0x100 ? ("x", 2) : value < 0x10000 ? ("u", 4) : ("U", 8)
        return "\\\(letter)" + String(repeating: "0", count: length - digits.count) + digits
    }
}

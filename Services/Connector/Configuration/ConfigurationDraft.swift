import Events
import YAML

/// The text of the configuration file, to which entries are added; all else stays as it is, comments included.
struct ConfigurationDraft {
    private(set) var text: String

    /// Puts the entry at the end of its list, which is begun where there is none.
    ///
    /// It is read again before it counts: when it does not say just what it said before and the entry, the text stays as it was.
    mutating func add(_ entry: NewEntry) throws {
        let before = try Self.members(of: text)
        let changed = Self.text(text, with: entry)
        var expected = before
        switch before[entry.list.rawValue] {
        case nil, .null: expected[entry.list.rawValue] = [entry.json]
        case .array(let entries): expected[entry.list.rawValue] = .array(entries + [entry.json])
        default: throw ConfigurationError(entry.list.rawValue, "is not a list")
        }
        guard let after = try? Self.members(of: changed), after == expected else {
            let lines = entry.lines(indent: 2).joined(separator: "\n")
            let problem = "is written in a way that nothing can be added to; add by hand:\n\(lines)\n"
            throw ConfigurationError(entry.list.rawValue, problem)
        }
        text = changed
    }

    private static func members(of text: String) throws -> [String: JSONValue] {
        guard case .object(let members)? = try YAMLField(file: text)?.json else { return [:] }
        return members
    }

    private static func text(_ text: String, with entry: NewEntry) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        while lines.last?.isBlank == true { lines.removeLast() }
        if let start = lines.firstIndex(where: { $0.begins(entry.list) }) {
            let end = lines[(start + 1)...].firstIndex { !$0.isInside } ?? lines.endIndex
            let indent = lines[start..<end].first { $0.isElement }.map { $0.prefix { $0 == " " }.count } ?? 2
            // A comment at the margin is about what comes after the list.
            let last = lines[start..<end].lastIndex { !$0.isBlank && !$0.hasPrefix("#") } ?? start
            if lines[start].contains("[") { lines[start] = "\(entry.list.rawValue):" }
            lines.insert(contentsOf: entry.lines(indent: indent), at: last + 1)
        } else {
            lines += (lines.isEmpty ? [] : [""]) + ["\(entry.list.rawValue):"] + entry.lines(indent: 2)
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension String {
    fileprivate var isBlank: Bool { allSatisfy(\.isWhitespace) }

    /// Whether the line is the list's name, and its elements are yet to come.
    fileprivate func begins(_ list: NewEntry.List) -> Bool {
        guard hasPrefix("\(list.rawValue):") else { return false }
        return dropFirst(list.rawValue.count + 1).wholeMatch(of: #/\s*(\[\s*\])?\s*(#.*)?/#) != nil
    }

    /// Whether the line can belong to the list above it.
    fileprivate var isInside: Bool {
        isBlank || hasPrefix(" ") || hasPrefix("#") || hasPrefix("- ") || self == "-"
    }

    fileprivate var isElement: Bool {
        let text = drop { $0 == " " }
        return text.hasPrefix("- ") || text == "-"
    }
}

import Events

/// The profiles that a decision concerns, as a person reads them in a terminal.
struct OutlookPage {
    let outlook: JSONView

    func rendered(on terminal: Terminal) -> String {
        let (before, after) = (outlook.list("before"), outlook.list("after"))
        guard !before.isEmpty || !after.isEmpty else { return "It changes nothing at present." }
        var lines = [terminal.paint("now", .bold)] + before.flatMap { card(of: $0, on: terminal) }
        lines += [terminal.paint("then", .bold)] + after.flatMap { card(of: $0, on: terminal) }
        return lines.joined(separator: "\n")
    }

    private func card(of person: JSONView, on terminal: Terminal) -> [String] {
        let identifiers = person["identifiers"]?.elements.compactMap(\.string) ?? []
        let more = Int(person["identifierCount"]?.int64 ?? 0) - identifiers.count
        let reason = person["nobody"].map { terminal.paint(" \(Self.nobodys($0.string))", .yellow) } ?? ""
        return ["  \(terminal.paint(Shown.value(person["id"]), .cyan))\(reason)"]
            + identifiers.map { "    \(Printable.clean($0))" } + (more > 0 ? ["    and \(more) more"] : [])
    }

    /// Why an identifier is nobody's, in words.
    private static func nobodys(_ reason: String?) -> String {
        switch reason {
        case "shared": "nobody's: too many people have it"
        case "divided": "nobody's, but for the times of those who logged in on it"
        case "ambiguous": "nobody's: those who have it cannot be one person"
        default: "nobody's"
        }
    }
}

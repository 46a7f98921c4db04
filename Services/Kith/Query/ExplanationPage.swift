import Events

/// Why two identifiers are one person's, or are not, as a person reads it in a terminal.
struct ExplanationPage {
    let explanation: JSONView

    func rendered(on terminal: Terminal) -> String {
        let verdict = terminal.paint(Printable.clean(verdict), .bold)
        return [verdict, chain(terminal)].compactMap { $0 }.joined(separator: "\n\n")
    }

    private var isTogether: Bool { explanation["together"]?.bool == true }
    private var links: [JSONView] { explanation.list("chain") }

    // MARK: - The verdict

    private var verdict: String {
        let names = (name(of: "from"), name(of: "to"))
        if isTogether {
            return links.isEmpty ? "\(names.0) is \(names.1)." : "\(names.0) and \(names.1) are one person's."
        }
        return "\(names.0) and \(names.1) are not one person's: \(reason)."
    }

    private func name(of end: String) -> String { ExplanationPage.name(explanation[end], "identifier", "login") }

    private var reason: String {
        switch explanation["because"]?.string {
        case "junk": "\(named(having: "junk")) identifies nobody"
        case "unknown": "\(named(having: "unknown")) was never seen"
        case "no_evidence": "no evidence leads from the one to the other"
        case "separated" where explanation["separation"] != nil: separation
        case let word: rejection(word).map(ExplanationPage.words) ?? "it is not known why"
        }
    }

    /// What in the chain was not followed for this reason, or whatever was not.
    private func rejection(_ reason: String?) -> JSONView? {
        let rejections = links.compactMap { $0["rejected"] }
        return rejections.first { $0["reason"]?.string == reason } ?? rejections.first
    }

    private func named(having state: String) -> String {
        ["from", "to"].filter { explanation[$0]?["state"]?.string == state }.map(name).joined(separator: " as well as ")
    }

    private var separation: String {
        let (author, reason) = (
            explanation["separation"]?["author"]?.string, explanation["separation"]?["reason"]?.string
        )
        let words = reason.map { $0.isEmpty ? "" : ": “\($0)”" } ?? ""
        return "\(author ?? "somebody") decided that they are apart\(words)"
    }

    // MARK: - The chain

    private func chain(_ terminal: Terminal) -> String? {
        guard !links.isEmpty else { return nil }
        let rows = links.map { link in
            [
                ExplanationPage.name(link, "from", "fromLogin"), ExplanationPage.name(link, "to", "toLogin"),
                link["kind"]?.string ?? "", link["source"]?.string ?? link["author"]?.string ?? "",
                link["messageId"]?.string ?? link["decision"]?.string ?? "", Shown.time(link["time"]),
                link["rejected"].map { "not followed: \(ExplanationPage.words($0))" } ?? "",
            ]
        }
        let title = isTogether ? "What joins them" : "What would join them"
        let columns = ["", "", "evidence", "source", "event", "time", ""]
        let table = Table(columns: columns, rows: rows, styles: [0: .cyan, 1: .cyan, 6: .yellow])
        return terminal.paint(title, .bold) + "\n" + table.render(on: terminal, indent: 2)
    }

    /// An identifier, and of a device that several people used, whose time it is.
    private static func name(_ view: JSONView?, _ identifier: String, _ login: String) -> String {
        let name = view?[identifier]?.string ?? ""
        return view?[login]?.string.map { "\(name) (\($0))" } ?? name
    }

    /// Why a link was not followed, in words that stand for themselves.
    private static func words(_ rejection: JSONView) -> String {
        let identifier = rejection["identifier"]?.string ?? ""
        switch rejection["reason"]?.string {
        case "limit": return limit(rejection)
        case "shared": return "\(identifier) is shared by too many people"
        case "outside_logins": return "nobody was logged in on \(identifier) then"
        case "separated": return "somebody decided against it (\(rejection["decision"]?.string ?? ""))"
        case "claimed": return "somebody decided whose \(identifier) is"
        case "ambiguous":
            let conflict = conflict(rejection).map { ": \($0)" } ?? ""
            return "those who have \(identifier) cannot be one person\(conflict)"
        case "divided": return "different people used \(identifier)"
        case let other: return other ?? "it is not known why"
        }
    }

    private static func limit(_ rejection: JSONView) -> String {
        let limit = rejection["limit"]?.number?.text ?? "so many"
        return "a profile has at most \(limit) “\(rejection["namespace"]?.string ?? "")”"
    }

    /// Why those who have an ambiguous identifier cannot be one person; `nil` if that has nothing to do with the link.
    private static func conflict(_ rejection: JSONView) -> String? {
        switch rejection["conflict"]?.string {
        case "limit": limit(rejection)
        case "separated": "somebody set them apart (\(rejection["decision"]?.string ?? ""))"
        case "second_address": "one of them has another mail address, and no login names this one"
        case let other: other
        }
    }
}

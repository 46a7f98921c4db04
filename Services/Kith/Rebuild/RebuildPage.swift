import Events

/// What a rebuild changed, or would change, as a person reads it in a terminal.
struct RebuildPage {
    private static let kinds: [(name: String, label: String, meaning: String)] = [
        ("unchanged", "unchanged", "the same id, identifiers, traits and events"),
        ("merged", "merged", "made of several"),
        ("split", "split", "of one made several"),
        ("renamed", "renamed", "another id; the one it had leads there"),
        ("identifiersChanged", "identifiers changed", "gained or lost some"),
        ("traitsChanged", "traits changed", ""),
        ("eventsChanged", "events changed", "gained or lost some, or the last is another"),
        ("created", "new", "made of none"),
        ("removed", "gone", "nothing is left of them"),
    ]

    private let report: JSONView
    private let isDryRun: Bool

    /// `nil` when there is no report.
    init?(status: JSONView) {
        guard let report = status["report"] else { return nil }
        self.report = report
        isDryRun = status["dryRun"]?.bool ?? false
    }

    func rendered(on terminal: Terminal) -> String {
        ([head(terminal), counts(terminal)] + losses(terminal) + examples(terminal)).joined(separator: "\n\n")
    }

    private func head(_ terminal: Terminal) -> String {
        let (before, after) = (Shown.count(count("before")), Shown.count(count("after")))
        let text =
            isDryRun
            ? "Nothing was changed. \(before) profiles would be \(after)." : "\(before) profiles are \(after) now."
        return terminal.paint(text, .bold)
    }

    private func counts(_ terminal: Terminal) -> String {
        let rows = Self.kinds.map { [$0.label, Shown.count(count($0.name)), $0.meaning] }
        return Table(columns: ["", "", ""], rows: rows, styles: [2: .faint]).render(on: terminal, indent: 2)
    }

    private func losses(_ terminal: Terminal) -> [String] {
        var lines: [String] = []
        let (refused, missing) = (count("refusedRecords"), count("missingRecords"))
        if refused > 0 { lines.append("\(Shown.count(refused)) records are no events by these rules.") }
        if missing > 0 { lines.append("\(Shown.count(missing)) records are no longer on the log.") }
        return lines.isEmpty ? [] : [lines.map { terminal.paint($0, .yellow) }.joined(separator: "\n")]
    }

    // MARK: - Examples

    private func examples(_ terminal: Terminal) -> [String] {
        Self.kinds.compactMap { name, label, _ in
            guard let examples = report["examples"]?[name]?.elements.map({ $0 }), !examples.isEmpty else { return nil }
            let words = name == "eventsChanged" ? activity : text
            let lines = examples.map { "  " + Printable.clean(words($0)) }
            return ([terminal.paint("For example, \(label)", .bold)] + lines).joined(separator: "\n")
        }
    }

    private func text(of example: JSONView) -> String {
        let sides = ["before", "after"].map { persons(example[$0]) }
        let traits = example["traits"]?.elements.compactMap(\.string) ?? []
        if !traits.isEmpty { return "\(sides[1]): \(traits.joined(separator: ", "))" }
        if sides[0] == sides[1] { return "\(sides[1]): \(ids(example["before"])) → \(ids(example["after"]))" }
        return sides.map { $0.isEmpty ? "nobody" : $0 }.joined(separator: " → ")
    }

    /// How many events somebody had and has, and when the last of them happened.
    private func activity(of example: JSONView) -> String {
        let sides = ["before", "after"].map { name in
            let persons = example.list(name)
            return persons.map { "\(Shown.count($0["eventCount"]?.int64 ?? 0)), last \(Shown.time($0["lastSeen"]))" }
                .joined(separator: " + ")
        }
        return "\(persons(example["after"])): \(sides.joined(separator: " → "))"
    }

    private func persons(_ list: JSONView?) -> String {
        let persons = list?.elements.map { person in
            person["identifiers"]?.elements.compactMap(\.string).joined(separator: ", ") ?? ""
        }
        return persons?.joined(separator: "  +  ") ?? ""
    }

    private func ids(_ list: JSONView?) -> String {
        list?.elements.compactMap { $0["id"]?.string }.joined(separator: " + ") ?? ""
    }

    private func count(_ name: String) -> Int64 { report[name]?.int64 ?? 0 }
}

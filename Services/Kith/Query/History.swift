import ArgumentParser
import Events

/// Shows the merges, splits and renamings by which a profile came to be.
struct History: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show how a profile merged, split and changed its id.",
        discussion: """
            The newest comes first. The cause is the event that joined or parted identifiers, or the decision; where \
            several came at once it may not be known.

            EXAMPLES:
              kith history ada@example.com
              kith history user:42 --limit 5 --json
            """
    )

    @OptionGroup var options: InstanceOptions

    @Argument(help: .person)
    var person: PersonReference

    @Option(help: "How many to show.")
    var limit = 20

    @Option(help: "Go on where an earlier page ended.")
    var cursor: String?

    @Flag(help: "Print them as JSON, one on each line.")
    var json = false

    func validate() throws {
        guard (1...200).contains(limit) else { throw ValidationError("--limit goes from 1 to 200.") }
    }

    func run() async throws {
        let api = try options.instance().api()
        let page = try await api.get("\(person.path)/history", query: [("limit", "\(limit)"), ("cursor", cursor)])
        let entries = page.list("entries")
        if json {
            for entry in entries { Terminal.output.line(json: entry) }
        } else if entries.isEmpty {
            Terminal.errors.line("It never merged, split or changed its id.")
        } else {
            Terminal.output.line(HistoryTable(entries: entries).rendered(on: .output))
        }
        Terminal.errors.tellOfMore(page["cursor"]?.string)
    }
}

/// A profile's history as a person reads it in a terminal.
struct HistoryTable {
    let entries: [JSONView]

    func rendered(on terminal: Terminal) -> String {
        let rows = entries.map { entry in
            [
                Shown.time(entry["time"]), entry["kind"]?.string ?? "", ids(entry["before"]), ids(entry["after"]),
                cause(entry["cause"]),
            ]
        }
        return Table(columns: ["time", "", "before", "after", "cause"], rows: rows, styles: [1: .cyan, 4: .faint])
            .render(on: terminal)
    }

    private func ids(_ list: JSONView?) -> String {
        list?.elements.compactMap(\.string).joined(separator: " ") ?? ""
    }

    private func cause(_ cause: JSONView?) -> String {
        if let cause, let decision = cause["decision"]?.string { return words(on: decision, cause) }
        guard let source = cause?["source"]?.string, let event = cause?["messageId"]?.string else { return "not known" }
        return "\(source): \(event)"
    }

    /// A decision, or that it holds no longer, with who said so and why.
    private func words(on decision: String, _ cause: JSONView) -> String {
        let isWithdrawn = cause["withdrawn"]?.bool == true
        let author = cause["author"]?.string.map { " by \($0)" } ?? ""
        let reason = cause["reason"]?.string.map { ": “\($0)”" } ?? ""
        return "decision \(decision)\(isWithdrawn ? " taken back" : "")\(author)\(reason)"
    }
}

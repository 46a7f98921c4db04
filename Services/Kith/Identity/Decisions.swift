import ArgumentParser
import Events
import Topics

/// Lists what people decided, and what they said of traits.
struct Decisions: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List what people decided of identifiers, and said of traits, and have not taken back.",
        discussion: """
            Decisions come first, and then corrections of traits, each with the last one first.

            EXAMPLES:
              kith decisions
              kith decisions ada@example.com
              kith decisions --corrections
              kith decisions --withdrawn
            """
    )

    @OptionGroup var options: InstanceOptions

    @Argument(
        help: ArgumentHelp(
            "Only decisions on this identifier, and corrections of its person.",
            valueName: "identifier"
        )
    )
    var identifier: PersonReference?

    @Flag(name: .customLong("corrections"), help: "Only the corrections of traits.")
    var onlyCorrections = false

    @Flag(help: "The decisions that were taken back instead, with who did so and why.")
    var withdrawn = false

    @Option(help: "How many to show of either.")
    var limit = 50

    @Option(help: "Go on where an earlier page ended.")
    var cursor: String?

    @Flag(help: "Print them as JSON, one on each line.")
    var json = false

    func validate() throws {
        guard (1...200).contains(limit) else { throw ValidationError("--limit goes from 1 to 200.") }
        guard !withdrawn || !onlyCorrections else { throw ValidationError("--withdrawn is for decisions only.") }
    }

    func run() async throws {
        let api = try options.instance().api()
        let decisions = try await decisions(api)
        let corrections = try await corrections(api)
        if json {
            for word in decisions.words + corrections.words {
                Terminal.output.line(json: word)
            }
        } else if decisions.words.isEmpty, corrections.words.isEmpty {
            Terminal.errors.line(
                withdrawn ? "No decision was taken back." : "Nothing was decided, or all of it was taken back."
            )
        } else {
            show(decisions, ["": "verdict", "left": "left", "right": "right"])
            show(corrections, ["identifier": "identifier", "trait": "trait", "value": "value"])
        }
        Terminal.errors.tellOfMore(decisions.cursor, options: withdrawn ? "--withdrawn --cursor" : "--cursor")
        Terminal.errors.tellOfMore(corrections.cursor, options: "--corrections --cursor")
    }

    /// What people said, and where to go on.
    private struct Page {
        var words: [JSONView] = []
        var cursor: String?

        init() {}

        init(_ name: String, of answer: JSONView) {
            words = answer.list(name)
            cursor = answer["cursor"]?.string
        }
    }

    private func show(_ page: Page, _ fields: KeyValuePairs<String, String>) {
        if !page.words.isEmpty { Terminal.output.line(table(of: page.words, fields)) }
    }

    private func decisions(_ api: API) async throws(CommandError) -> Page {
        guard !onlyCorrections else { return Page() }
        let query: [(String, String?)] = [
            ("identifier", identifier?.text), ("limit", "\(limit)"), ("cursor", cursor),
            ("withdrawn", withdrawn ? "true" : nil),
        ]
        return Page("decisions", of: try await api.get("/v1/identity/decisions", query: query))
    }

    /// What people said, each on a line, with some fields of its own under their titles.
    private func table(of words: [JSONView], _ fields: KeyValuePairs<String, String>) -> String {
        let names = ["id"] + fields.map(\.value) + ["author", "reason"]
        let rows = words.map { word in
            let said = [Shown.time(word["time"])] + names.map { Shown.value(word[$0]) }
            return said + (withdrawn ? end(of: word) : [Self.effect(of: word)])
        }
        let columns = ["time", "id"] + fields.map(\.key) + ["author", "reason"]
        let more = withdrawn ? ["taken back", "by", "why"] : [""]
        return Table(columns: columns + more, rows: rows, styles: [1: .cyan, 6: .faint, 9: .faint]).render(on: .output)
    }

    /// When a decision was taken back, and by whom, and why.
    private func end(of word: JSONView) -> [String] {
        let end = word["withdrawn"]
        return [Shown.time(end?["time"]), Shown.value(end?["author"]), Shown.value(end?["reason"])]
    }

    /// What follows from it, where that is nothing.
    private static func effect(of word: JSONView) -> String {
        word["inEffect"]?.bool == false ? "no effect by the rules in use" : ""
    }

    /// The cursor is that of decisions, unless nothing but corrections is asked for.
    private func corrections(_ api: API) async throws(CommandError) -> Page {
        guard !withdrawn, onlyCorrections || cursor == nil else { return Page() }
        guard let identifier else {
            let query = [("limit", "\(limit)"), ("cursor", cursor)]
            return Page("corrections", of: try await api.get("/v1/corrections", query: query))
        }
        do throws(CommandError) {
            return Page("corrections", of: try await api.get("\(identifier.path)/corrections"))
        } catch {
            guard error.status == .notFound else { throw error }
            return Page()
        }
    }
}

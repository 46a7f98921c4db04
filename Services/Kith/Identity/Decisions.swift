import ArgumentParser
import Events
import Topics

/// Lists what people decided.
struct Decisions: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List what people decided of identifiers and have not taken back.",
        discussion: """
            Of one identifier, the corrections of its person's traits are listed as well.

            EXAMPLES:
              kith decisions
              kith decisions ada@example.com
            """
    )

    @OptionGroup var options: InstanceOptions

    @Argument(help: ArgumentHelp("Only decisions on this identifier.", valueName: "identifier"))
    var identifier: PersonReference?

    @Option(help: "How many to show.")
    var limit = 50

    @Option(help: "Go on where an earlier page ended.")
    var cursor: String?

    @Flag(help: "Print them as JSON, one on each line.")
    var json = false

    func validate() throws {
        guard (1...200).contains(limit) else { throw ValidationError("--limit goes from 1 to 200.") }
    }

    func run() async throws {
        let query = [("identifier", identifier?.text), ("limit", "\(limit)"), ("cursor", cursor)]
        let api = try options.instance().api()
        let page = try await api.get("/v1/identity/decisions", query: query)
        let decisions = page["decisions"].map { Array($0.elements) } ?? []
        let corrected = try await corrections(api)
        if json {
            for word in decisions + corrected { Terminal.output.line(String(decoding: word.raw, as: UTF8.self)) }
        } else if decisions.isEmpty, corrected.isEmpty {
            Terminal.errors.line("Nothing was decided, or all of it was taken back.")
            if identifier == nil {
                Terminal.errors.line("Corrections are listed of one person: kith decisions IDENTIFIER")
            }
        } else {
            if !decisions.isEmpty {
                Terminal.output.line(table(of: decisions, ["": "verdict", "one": "left", "other": "right"]))
            }
            if !corrected.isEmpty {
                let fields: KeyValuePairs = ["identifier": "identifier", "trait": "trait", "value": "value"]
                Terminal.output.line(table(of: corrected, fields))
            }
        }
        if let next = page["cursor"]?.string {
            Terminal.errors.line(Terminal.errors.paint("There are more: --cursor \(next)", .faint))
        }
    }

    /// What people said, each on a line, with some fields of its own under their titles.
    private func table(of words: [JSONView], _ fields: KeyValuePairs<String, String>) -> String {
        let names = ["id"] + fields.map(\.value) + ["author", "reason"]
        let rows = words.map { word in [Shown.time(word["time"])] + names.map { Shown.value(word[$0]) } }
        let columns = ["time", "id"] + fields.map(\.key) + ["author", "reason"]
        return Table(columns: columns, rows: rows, styles: [1: .cyan, 6: .faint]).render(on: .output)
    }

    /// The corrections of the person whose identifier this is; on the first page only, as there are few.
    private func corrections(_ api: API) async throws(CommandError) -> [JSONView] {
        guard let identifier, cursor == nil else { return [] }
        do throws(CommandError) {
            let answer = try await api.get("\(identifier.path)/corrections")
            return answer["corrections"].map { Array($0.elements) } ?? []
        } catch {
            guard error.status == .notFound else { throw error }
            return []
        }
    }
}

/// Says what the value of a trait is.
struct Correct: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what the value of a person's trait is.",
        discussion: """
            It outranks what events say, also later ones, until “kith undo” takes it back. A value that is no JSON is a text;
            null says that the person has none.

            EXAMPLES:
              kith correct ada@example.com name "Ada King" --reason "She married."
              kith correct user:42 age 37 --reason "She told us."
              kith correct user:42 phone null --reason "Not hers."
            """
    )

    @OptionGroup var options: InstanceOptions

    @Argument(
        help: ArgumentHelp(
            "namespace:value, an e-mail address, a phone number with +, or a profile id.",
            valueName: "identifier"
        )
    )
    var person: PersonReference

    @Argument(help: "The trait's name.")
    var trait: String

    @Argument(help: "The value.")
    var value: String

    @OptionGroup var justification: Justification

    @Flag(help: "Print the answer as JSON.")
    var json = false

    func run() async throws {
        var body: [String: JSONValue] = ["trait": .string(trait), "reason": .string(justification.reason)]
        body["value"] = (try? JSONDocument(Array(value.utf8)).root.value) ?? .string(value)
        body["author"] = Author.named(justification.author).map(JSONValue.string)
        let api = try options.instance().api(.profile, .admin)
        let answer = try await api.post("\(person.path)/corrections", .object(body))
        if json { return Terminal.output.line(String(decoding: answer.raw, as: UTF8.self)) }
        let id = Shown.value(answer["id"])
        Terminal.errors.line("It is corrected: \(id). “kith undo \(id)” takes it back.")
    }
}

import ArgumentParser
import Events
import Topics

/// Looks at what could not be handled, and gives it another try.
struct DeadLetters: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead-letters",
        abstract: "See and replay what could not be handled.",
        subcommands: [List.self, Show.self, Replay.self],
        defaultSubcommand: List.self
    )
}

extension DeadLetters {
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List what could not be handled, newest first.")

        @OptionGroup var options: InstanceOptions

        @Option(help: "Only what this service gave up on.")
        var service: String?

        @Option(help: "Only this cause, such as invalid_event.")
        var code: String?

        @Option(help: "Only the event or command with this id.")
        var messageID: String?

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
            let page = try await options.instance().api(.profile, .admin).get(
                "/v1/dead-letters",
                query: [
                    ("service", service), ("code", code), ("messageId", messageID), ("limit", "\(limit)"),
                    ("cursor", cursor),
                ]
            )
            let (letters, next) = (page.list("deadLetters"), page["cursor"]?.string)
            // Of many that were looked at none may be one of these, and then there are others to look at.
            if letters.isEmpty, next == nil, !json { Terminal.errors.line("There are no dead letters.") }
            show(letters)
            Terminal.errors.tellOfMore(next)
        }

        private func show(_ letters: [JSONView]) {
            if json {
                for letter in letters { Terminal.output.line(json: letter) }
            } else if !letters.isEmpty {
                let rows = letters.map { letter in
                    [
                        Shown.value(letter["id"]), Shown.time(letter["time"]), Shown.value(letter["code"]),
                        Shown.value(letter["origin"]), letter["replayedAt"] == nil ? "" : "yes",
                        Shown.value(letter["reason"]),
                    ]
                }
                let columns = ["id", "time", "code", "origin", "replayed", "reason"]
                Terminal.output.line(Table(columns: columns, rows: rows, styles: [0: .cyan]).render(on: .output))
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show one dead letter with what was refused.")

        @OptionGroup var options: InstanceOptions

        @Argument(help: "Its id, as “kith dead-letters list” shows it.")
        var id: String

        @Flag(help: "Print it as JSON.")
        var json = false

        func run() async throws {
            let letter = try await options.instance().api(.profile, .admin).get("/v1/dead-letters/\(API.encoded(id))")
            if json { return Terminal.output.line(json: letter) }
            let rows = letter.members.filter { $0.key != "payload" }.map { [$0.key, Shown.value($0.value)] }
            Terminal.output.line(Table(columns: ["", ""], rows: rows, styles: [0: .faint]).render(on: .output))
            Terminal.output.line()
            Terminal.output.line(Printable.clean(Shown.value(letter["payload"]), keepingLines: true))
        }
    }

    struct Replay: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put dead letters back on their topics, each once.",
            discussion: "Each is tried, whatever comes of the others; what comes of it is told with its id."
        )

        @OptionGroup var options: InstanceOptions

        @Argument(help: ArgumentHelp("Their ids.", valueName: "id"))
        var ids: [String]

        func run() async throws {
            let api = try options.instance().api(.profile, .admin)
            var failures: [CommandStatus] = []
            for id in ids {
                do throws(CommandError) {
                    Terminal.errors.line(try await Self.replayed(id, with: api))
                } catch {
                    Terminal.errors.line(Printable.clean("\(id) is not back: \(error)"))
                    failures.append(error.status)
                }
            }
            if let first = failures.first { first.end() }
        }

        /// Puts one back; says what came of it.
        private static func replayed(_ id: String, with api: API) async throws(CommandError) -> String {
            let answer = try API.json(in: try await api.send("POST", "/v1/dead-letters/\(API.encoded(id))/replay"))
            let again = answer["alreadyReplayed"]?.bool == true
            return "\(id) \(again ? "was already back" : "is back") on \(Shown.value(answer["topic"]))."
        }
    }
}

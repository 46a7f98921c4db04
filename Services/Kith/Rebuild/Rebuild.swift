import ArgumentParser
import Events
import Topics

/// Makes all profiles anew from the log.
struct Rebuild: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make all profiles anew from the log, by other rules or by a newer version.",
        discussion: """
            The profiles in use go on meanwhile, with queries and new events; at the end the new ones take their place \
            at one moment. Ids stay. Nothing is told twice, and no message is sent because of it.

            With --dry-run the new profiles are compared with those in use and thrown away. Press Ctrl-C to stop \
            watching; the rebuild itself goes on, also when the service is started again.

            EXAMPLES:
              kith rebuild --rules new.yaml --dry-run    what new rules would change
              kith rebuild                               apply identity.yaml
              kith rebuild --watch                       look at the one that is under way
              kith rebuild --abort                       end it; nothing has changed then
            """
    )

    @OptionGroup var options: InstanceOptions

    @Option(
        help: ArgumentHelp("The identity rules; by default those of identity.yaml.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"])
    )
    var rules: String?

    @Flag(help: "Only report what would change.")
    var dryRun = false

    @Flag(help: "Rebuild also if the log no longer has all events; what they said is forgotten then.")
    var despiteRetention = false

    @Flag(help: "Watch the rebuild that is under way, or show how the last one ended.")
    var watch = false

    @Flag(help: "End the rebuild that is under way.")
    var abort = false

    @Flag(help: "Print the outcome as JSON.")
    var json = false

    func validate() throws {
        let isNew = rules != nil || dryRun || despiteRetention
        guard [isNew, watch, abort].count(where: { $0 }) <= 1 else {
            throw ValidationError("--watch and --abort stand alone.")
        }
    }

    func run() async throws {
        let api = try options.instance().api(.profile, .admin)
        if abort { return try await end(with: api) }
        var run = RebuildRun(api: api)
        if !watch { try await run.start(try wish()) }
        let status = try await run.finished()
        try report(status)
    }

    private func end(with api: API) async throws {
        try await api.send("DELETE", "/v1/rebuild")
        Terminal.errors.line("The rebuild is ended; nothing has changed.")
    }

    private func wish() throws(CommandError) -> [String: JSONValue] {
        var wish: [String: JSONValue] = ["dryRun": .bool(dryRun), "despiteRetention": .bool(despiteRetention)]
        if let rules {
            guard let bytes = try Files.read(rules) else { throw CommandError(.notFound, "There is no file \(rules).") }
            wish["rules"] = .string(String(decoding: bytes, as: UTF8.self))
            wish["file"] = .string(rules)
        }
        return wish
    }

    private func report(_ status: JSONView) throws(CommandError) {
        if json {
            Terminal.output.line(json: status)
        } else if let page = RebuildPage(status: status) {
            Terminal.output.line(page.rendered(on: .output))
        }
        switch status["state"]?.string {
        case "done": break
        case "aborted": throw CommandError(.failure, "The rebuild was ended; nothing has changed.")
        case "failed":
            throw CommandError(
                .failure,
                "The rebuild failed; nothing has changed. \(Shown.value(status["problem"]))"
            )
        default: throw CommandError(.notFound, "There was no rebuild since profile was started.")
        }
        // What was applied is not what stands in the file.
        if let rules, !dryRun {
            Terminal.errors.line("If \(rules) is to stay, make it the instance's identity.yaml.")
        }
    }
}

import ArgumentParser
import Events
import Topics

/// A source of a running instance.
struct SourceOptions: ParsableArguments {
    @OptionGroup var options: InstanceOptions

    @Argument(help: "The source's name in the configuration.")
    var name: String

    /// How long an answer may take that waits for the other side: one that does not answer is asked several times for each stream.
    static let patience: Duration = .seconds(1800)

    func api() throws -> API { try options.instance().api(.connector, .admin) }

    func path(_ rest: String) -> String { "/v1/sources/\(API.encoded(name))/\(rest)" }

    /// Says what an answer has to say besides.
    func tell(messageOf answer: JSONView) {
        if let message = answer["message"]?.string { Terminal.errors.line(Printable.clean(message)) }
    }
}

extension Connector {
    struct Overview: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "status",
            abstract: "Show every source and destination: its state, its lag, and what is wrong."
        )

        @OptionGroup var options: InstanceOptions
        @Flag(help: "Print it as JSON.")
        var json = false

        func run() async throws {
            let status = try await options.instance().api(.connector).get("/v1/status")
            if json { return Terminal.output.line(json: status) }
            guard let page = ConnectorPage(status).rendered(on: .output) else {
                return Terminal.errors.line("Nothing is configured: docs/sources.md says how.")
            }
            Terminal.output.line(page)
        }
    }

    struct Reload: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Have the configuration read again, if it is right; takes about a second."
        )

        @OptionGroup var options: InstanceOptions

        func run() async throws {
            _ = try await options.instance().api(.connector, .admin).post("/v1/reload", [:])
            Terminal.errors.line("The connector begins anew with the configuration as it is now.")
        }
    }

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Try the login, and for every stream whether it may be read."
        )

        @OptionGroup var source: SourceOptions

        func run() async throws {
            let answer = try await source.api().post(source.path("check"), [:], deadline: SourceOptions.patience)
            var hasFailed = false
            for check in answer.list("checks") {
                Terminal.output.line(Self.line(on: check))
                hasFailed = hasFailed || !Self.isGood(check)
            }
            source.tell(messageOf: answer)
            if hasFailed { throw ExitCode(1) }
        }

        private static func isGood(_ check: JSONView) -> Bool { check["status"]?.string == "ok" }

        /// What came of a check; its message may have what the vendor says.
        static func line(on check: JSONView) -> String {
            let stream = Shown.value(check["stream"] ?? check["status"])
            let reason = isGood(check) ? "" : ": \(Shown.value(check["kind"])): \(Shown.value(check["message"]))"
            return Printable.clean("\(isGood(check) ? "ok    " : "FAIL  ")\(stream)\(reason)")
        }
    }

    struct Discover: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List a source's streams: what is read of them, and what more there is."
        )

        @OptionGroup var source: SourceOptions
        @Flag(help: "Name every member of the records.")
        var fields = false

        func run() async throws {
            let path = source.path("discover")
            let answer = try await source.api().post(path, [:], deadline: SourceOptions.patience)
            let streams = answer.list("streams")
            guard !streams.isEmpty else { return Terminal.errors.line("It has no streams.") }
            let rows = streams.map { stream in
                [
                    Shown.value(stream["name"]), stream["selected"]?.bool == true ? "yes" : "no",
                    stream["incremental"]?.bool == true ? "yes" : "no", Self.names(stream["keys"]),
                ] + (fields ? [Self.names(stream["fields"])] : [])
            }
            let columns = ["stream", "read", "incremental", "key"] + (fields ? ["fields"] : [])
            Terminal.output.line(Table(columns: columns, rows: rows).render(on: .output))
        }

        private static func names(_ list: JSONView?) -> String {
            list?.elements.map { Shown.value($0) }.joined(separator: ", ") ?? ""
        }
    }

    struct Read: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the first events that a source would send; nothing is sent, and it stays where it is."
        )

        @OptionGroup var source: SourceOptions
        @Option(help: "How many events.")
        var limit = 10

        func validate() throws {
            guard (1...1000).contains(limit) else { throw ValidationError("--limit goes from 1 to 1000.") }
        }

        func run() async throws {
            let path = source.path("preview")
            let answer = try API.json(
                in: try await source.api()
                    .send("POST", path, query: [("limit", String(limit))], deadline: SourceOptions.patience)
            )
            for event in answer.list("events") {
                Terminal.output.line(json: event)
            }
            for record in answer.list("rejected") {
                let words = "rejected: \(Shown.value(record["code"])): \(Shown.value(record["message"]))"
                Terminal.errors.line(Printable.clean(words))
            }
            source.tell(messageOf: answer)
            guard let error = answer["error"]?.string else { return }
            throw CommandError(.failure, "The run failed: \(error)")
        }
    }

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Read a source now.")

        @OptionGroup var source: SourceOptions

        func run() async throws {
            _ = try await source.api().post(source.path("run"), [:])
            Terminal.errors.line("It is being read.")
        }
    }

    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read a source no more, and refuse its webhooks, until it is resumed."
        )

        @OptionGroup var source: SourceOptions

        func run() async throws {
            _ = try await source.api().post(source.path("pause"), [:])
            Terminal.errors.line("It is paused; “kith connector resume \(source.name)” lets it go on.")
        }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Go on with a source that was paused.")

        @OptionGroup var source: SourceOptions

        func run() async throws {
            _ = try await source.api().post(source.path("resume"), [:])
            Terminal.errors.line("It goes on.")
        }
    }

    struct State: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print where a source stands, or put another state in its place.",
            discussion: """
                EXAMPLES:
                  kith connector state crm > crm.json
                  kith connector state crm --set crm.json
                """
        )

        @OptionGroup var source: SourceOptions
        @Option(help: ArgumentHelp("A file with the state to put in place.", valueName: "file"))
        var `set`: String?

        func run() async throws {
            let api = try source.api()
            guard let file = `set` else {
                return Terminal.output.line(json: try await api.get(source.path("state")))
            }
            guard let bytes = try Files.read(file) else { throw CommandError(.notFound, "There is no file \(file).") }
            try await api.send("PUT", source.path("state"), body: bytes)
            Terminal.errors.line("It stands where \(file) says.")
        }
    }

    struct Reset: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a source begin anew; what comes twice has no second effect."
        )

        @OptionGroup var source: SourceOptions
        @Option(help: "Only this stream.")
        var stream: String?

        func run() async throws {
            try await source.api().send("DELETE", source.path("state"), query: [("stream", stream)])
            Terminal.errors.line("It begins anew.")
        }
    }

    struct Logs: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print what the log says of a source or destination.")

        @OptionGroup var source: SourceOptions

        func run() async throws {
            let file = DataDirectory(source.options.data).output(of: .connector)
            guard let bytes = try Files.read(file) else {
                throw CommandError(
                    .notFound,
                    "There is no log \(file), which “kith up” writes.",
                    remedy: "Give --data, or ask who runs the connector: “docker compose logs connector”."
                )
            }
            let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").filter(isAboutIt)
            for line in lines { Terminal.output.line(String(line)) }
            if lines.isEmpty { Terminal.errors.line("The log says nothing of “\(source.name)”.") }
        }

        private func isAboutIt(_ line: Substring) -> Bool {
            guard let entry = try? JSONDocument(Array(line.utf8)).root else { return false }
            return [entry["source.name"], entry["destination.name"]].contains { $0?.string == source.name }
        }
    }
}

import ArgumentParser
import Curl
import Events
import Glibc

/// Writes every profile as NDJSON, or all that is held on one person.
struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write every profile as JSON, one on each line; or everything that is held on one person.",
        discussion: """
            EXAMPLES:
              kith export --output profiles.ndjson
              kith export ada@example.com --output ada.json
            """
    )

    @OptionGroup var options: InstanceOptions

    @Argument(
        help: ArgumentHelp(
            "Only this person, with every event: \(PersonReference.forms)",
            valueName: "identifier"
        )
    )
    var person: PersonReference?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The file to write; standard output without one.", valueName: "file"),
        completion: .file()
    )
    var output: String?

    func run() async throws {
        let api = try options.instance().api()
        let sink = try Sink(path: output)
        if let person { return try await write(person, to: sink, api) }
        let total = try await api.post("/v1/profiles/count", [:])["count"]?.int64 ?? 0
        var bar = ProgressBar("Exporting")
        var count = 0
        do {
            for try await line in api.lines("/v1/export") where !line.isEmpty {
                try sink.write(line)
                count += 1
                if count.isMultiple(of: 100) { bar.show(count, of: Int(total)) }
            }
        } catch let error as CurlError {
            throw api.refusal(error)
        }
        bar.finish()
        try sink.finish()
        if output != nil { Terminal.errors.line("\(Shown.count(Int64(count))) profiles written.") }
    }
}

extension Export {
    /// The answer has a line for each thing that is held; an empty one only says that it goes on.
    private func write(_ person: PersonReference, to sink: Sink, _ api: API) async throws {
        do {
            for try await line in api.lines("\(person.path)/export") where !line.isEmpty { try sink.write(line) }
        } catch let error as CurlError {
            throw api.refusal(error)
        }
        try sink.finish()
        if output != nil { Terminal.errors.line("Everything that is held on the person is written.") }
    }
}

/// Where exported lines go: a file that appears once it is whole, or standard output.
private struct Sink {
    private let path: String?
    private let file: UnsafeMutablePointer<FILE>?

    init(path: String?) throws(CommandError) {
        self.path = path
        file = path.flatMap { fopen("\($0).part", "we") }
        if let path, file == nil { throw Files.problem("Could not write \(path)") }
    }

    func write(_ line: String) throws(CommandError) {
        guard let file else { return Terminal.output.line(line) }
        guard fputs(line, file) >= 0, fputs("\n", file) >= 0 else { throw failure }
    }

    func finish() throws(CommandError) {
        guard let path, let file else { return }
        guard fflush(file) == 0, fclose(file) == 0, rename("\(path).part", path) == 0 else { throw failure }
    }

    private var failure: CommandError { Files.problem("Could not write \(path ?? "")") }
}

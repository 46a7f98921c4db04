import ArgumentParser
import Events
import Topics

/// Imports a file of people or events.
struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Import a CSV or NDJSON file.",
        discussion: """
            The connector reads the file and keeps how far it is: run again after a stop, the import goes on where it \
            was, and a file that was imported whole gives nothing twice. Press Ctrl-C to stop watching; the import \
            itself goes on.

            A mapping says which column is what. It is JSON, with the fields that kith.yaml has, given directly or as @FILE:
              {"email": "Email", "externalIds": {"crm.contact": "Contact ID"},
               "traits": {"city": "City"}}
            Without one, columns that are called as identifiers are these, and each line of NDJSON is an event.

            EXAMPLES:
              kith import contacts.csv --name crm --mapping @contacts.mapping.json
              kith import orders.ndjson --name shop \\
                  --mapping '{"event": "Order Completed", "email": "email"}'
            """
    )

    /// What a file may hold.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case csv, ndjson
    }

    @OptionGroup var options: InstanceOptions

    @Argument(help: "The file.", completion: .file(extensions: ["csv", "ndjson", "jsonl"]))
    var file: String

    @Option(help: "The source's name; by default the file's, if that has letters of ASCII, or digits.")
    var name: String?

    @Option(help: "What the file holds; by default as it is called.")
    var format: Format?

    @Option(help: ArgumentHelp("Which column is what, as JSON or @FILE.", valueName: "mapping"))
    var mapping: String?

    @Option(help: "What stands between a CSV file's fields.")
    var delimiter: String?

    @Option(help: "The namespace that its user ids are in.")
    var userNamespace: String?

    @Flag(help: "Print the outcome as JSON.")
    var json = false

    func run() async throws {
        guard Files.exists(file) else { throw CommandError(.notFound, "There is no file \(file).") }
        let api = try options.instance().api(.connector, .admin)
        let run = try await ImportRun(
            file,
            name: try sourceName(),
            format: try knownFormat().rawValue,
            settings: try settings(),
            with: api
        )
        let progress = try await run.finished(title: "Importing")
        try report(progress)
    }

    private func sourceName() throws(CommandError) -> String {
        if let name = name ?? Import.name(of: file) { return name }
        throw CommandError(
            .usage,
            "It cannot be told from the name of \(file) what its source is called.",
            remedy: "Give --name."
        )
    }

    private func report(_ progress: ImportRun.Progress) throws {
        if json {
            let outcome: JSONValue = [
                "state": .string(progress.state), "records": .number(JSONNumber(progress.records)),
                "rejected": .number(JSONNumber(progress.rejected)), "repeated": .bool(progress.isRepeated),
            ]
            Terminal.output.line(outcome.text)
        } else {
            let counts = "\(Shown.count(progress.records)) records, \(Shown.count(progress.rejected)) refused"
            let repeated = "It was imported before, and nothing was read now. Then it had \(counts)."
            Terminal.errors.line(progress.isRepeated ? repeated : "\(counts).")
        }
        if progress.state == "failed" {
            throw CommandError(.failure, progress.problem ?? "The import failed.")
        }
        if progress.rejected > 0 {
            Terminal.errors.line("“kith dead-letters” shows what was refused, and why.")
        }
    }

    private func knownFormat() throws -> Format {
        if let format { return format }
        if file.hasSuffix(".csv") || file.hasSuffix(".tsv") { return .csv }
        if file.hasSuffix(".ndjson") || file.hasSuffix(".jsonl") { return .ndjson }
        throw CommandError(
            .usage,
            "It cannot be told from the name what \(file) holds.",
            remedy: "Give --format csv or ndjson."
        )
    }

    private func settings() throws -> [String: JSONValue] {
        var settings: [String: JSONValue] = [:]
        settings["delimiter"] = delimiter.map(JSONValue.string) ?? (file.hasSuffix(".tsv") ? "tab" : nil)
        settings["userNamespace"] = userNamespace.map(JSONValue.string)
        settings["mapping"] = try mapping.map { try Import.mapping(from: $0) }
        return settings
    }

    /// A mapping as it was given: JSON, or a file of it.
    static func mapping(from text: String) throws(CommandError) -> JSONValue {
        var bytes = Array(text.utf8)
        if text.hasPrefix("@") {
            guard let content = try Files.read(String(text.dropFirst())) else {
                throw CommandError(.notFound, "There is no file \(text.dropFirst()).")
            }
            bytes = content
        }
        do {
            return try JSONValue(parsing: bytes)
        } catch {
            throw CommandError(.usage, "The mapping is not JSON: \(error)")
        }
    }

    /// The file's name without folders and ending, as a source may be called; `nil` if nothing of it would be left, as of one in
    /// Hangul, by which files could not be told apart.
    static func name(of path: String) -> String? {
        let file = path.split(separator: "/").last ?? "import"
        let stem = file.split(separator: ".").first ?? file
        let name = stem.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        return name.contains { $0 != "-" } ? String(name.prefix(64)) : nil
    }
}

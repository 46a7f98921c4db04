import ArgumentParser
import ConnectorKit
import Events
import Glibc
import Logging
import ServiceKit

/// Installs a Singer tap, asks it for its streams, and adds it to the configuration with expressions to begin with.
struct AddSinger: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "singer",
        abstract: "Add any Singer tap: it is installed, asked for its streams, and added.",
        discussion: """
            Of its configuration, what looks like a secret is taken from the environment; the file that holds it stays \
            as it is. Streams of which nothing tells whose their records are, are left out: write an expression for \
            them (docs/connectors.md), as “kith connector discover NAME” lists them.

            EXAMPLES:
              kith connector add singer --tap tap-intercom==2.2.5 \\
                  --tap-config intercom.json
              kith connector add singer --name shop \\
                  --tap tap-shopify --tap-config shop.json \\
                  --stream customers --stream orders
            """
    )

    @OptionGroup var file: ConfigurationOptions
    @Option(help: "The tap as pip takes it, such as tap-intercom==2.2.5; or a path.")
    var tap: String
    @Option(help: "What it is to be called; by default as the tap without “tap-”.")
    var name: String?
    @Option(help: ArgumentHelp("The tap's own configuration, as JSON.", valueName: "file"))
    var tapConfig: String?
    @Option(name: .customLong("stream"), help: "A stream to read; by default all that can be told whose they are.")
    var streams: [String] = []
    @Option(help: "The tap's program, if it is not called as its package.")
    var executable: String?
    @Option(help: "How it takes its catalog, if not by --catalog; old taps want --properties.")
    var catalogOption: String?
    @Flag(help: "Write secrets into the file as they are.")
    var allowSecrets = false

    func run() async throws {
        // Before anything else: in the folder of this name another tap may be running.
        _ = try file.text(without: title, in: .connectors)
        let known = try configuration()
        print("Installing \(requirement), and asking it for its streams…")
        let catalog = try await discover(known)
        let suggestions = try suggestions(of: catalog)
        let secrets = allowSecrets ? nil : TapSecrets(of: known, for: title)
        let entry = entry(secrets?.configuration ?? known, suggestions)
        try file.add(entry)
        report(entry, secrets, catalog, suggestions)
    }

    /// Of a path the whole one: pip looks from the tap's own folder.
    private var requirement: String {
        let isRelative = tap.hasPrefix(".") || tap.contains("/") && !tap.hasPrefix("/")
        guard isRelative, let path = realpath(tap, nil) else { return tap }
        defer { free(path) }
        return String(cString: path)
    }

    private var vendor: String {
        let names = [Tap.package(of: requirement)] + (executable.map { [Tap.package(of: $0)] } ?? [])
        let name = names.first { $0.contains("tap-") } ?? names[0]
        return String(name.replacing(#/^.*?tap-/#, with: ""))
    }

    private var title: String { name ?? vendor }

    private func configuration() throws -> [String: JSONValue] {
        guard let tapConfig else { return [:] }
        guard case .object(let members)? = try? JSONValue(parsing: Array(Folder.text(of: tapConfig).utf8)) else {
            throw ValidationError("\(tapConfig) is no file with a JSON object.")
        }
        return members
    }

    private func discover(_ known: [String: JSONValue]) async throws -> SingerCatalog {
        var values: [String: JSONValue] = [
            "tap": .string(requirement), "config": .object(known), "streams": ["x": "."],
        ]
        values["executable"] = executable.map(JSONValue.string)
        let settings = try Settings(values, declared: SingerSource.settings)
        let surroundings = SourceSurroundings(folder: TapFolders.folder(of: title, in: file.data))
        let tap = try Tap(SourceSetup(name: title, settings: settings, surroundings: surroundings))
        do {
            // What a service would log, the command says itself.
            return try await withLogger(Logger(label: "kith") { _ in SwiftLogNoOpLogHandler() }) { _ in
                try await tap.alone { try await tap.discover(isFresh: true) }
            }
        } catch let failure as ConnectorFailure {
            throw ValidationError(failure.problem)
        }
    }

    private func suggestions(of catalog: SingerCatalog) throws -> [String: SingerSuggestion] {
        for name in streams where catalog.stream(name) == nil {
            let known = catalog.streams.map(\.id).joined(separator: ", ")
            throw ValidationError("The tap has no stream “\(name)”; it has \(known).")
        }
        var suggestions: [String: SingerSuggestion] = [:]
        for stream in catalog.streams
        where streams.isEmpty || streams.contains(stream.id) || streams.contains(stream.name) {
            suggestions[stream.id] = SingerSuggestion(
                stream: stream.name,
                fields: stream.properties,
                keys: stream.keys,
                vendor: vendor
            )
        }
        guard !suggestions.isEmpty else {
            throw ValidationError(
                "Nothing tells whose the records of its streams are: \(catalog.streams.map(\.id).joined(separator: ", "))."
                    + " Add it to \(file.path) by hand, with an expression for each stream."
            )
        }
        return suggestions
    }

    private func entry(
        _ configuration: [String: JSONValue],
        _ suggestions: [String: SingerSuggestion]
    ) -> NewEntry {
        var entry = NewEntry(list: .connectors, name: title, type: SingerSource.type)
        entry.settings.append(("tap", .string(requirement)))
        if let executable { entry.settings.append(("executable", .string(executable))) }
        if let catalogOption { entry.settings.append(("catalogOption", .string(catalogOption))) }
        if !configuration.isEmpty { entry.settings.append(("config", .object(configuration))) }
        entry.settings.append(("streams", .object(suggestions.mapValues { .string($0.events) })))
        return entry
    }

    private func report(
        _ entry: NewEntry,
        _ secrets: TapSecrets?,
        _ catalog: SingerCatalog,
        _ suggestions: [String: SingerSuggestion]
    ) {
        print("Added to \(entry.list.rawValue) in \(file.path):\n")
        for line in entry.lines(indent: 2) { print(line) }
        let rest = catalog.streams.map(\.id).filter { suggestions[$0] == nil }
        if !rest.isEmpty { print("\nNot read: \(rest.joined(separator: ", ")).") }
        for (member, variable) in secrets?.variables ?? [] where (try? Environment.secret(variable)) == nil {
            print("\n\(variable) must be set where Kith is started: it is the tap's \(member).")
        }
        print("\nNow start Kith, or, if it runs: kith connector reload")
    }
}

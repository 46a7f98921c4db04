import ArgumentParser
import ConnectorKit
import ServiceKit

/// Adds connectors to the configuration; a type that takes more than its settings can have a subcommand of its own.
struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Add a connector to the configuration.",
        discussion: """
            “kith connector show TYPE” says which settings there are. A secret stands in the environment: where one is \
            needed and not named, the entry names a variable for it.

            EXAMPLES:
              kith connector add crm --type hubspot
              kith connector add shop --type woocommerce \\
                  --set url=https://shop.example.com --set consumerKey=ck_1
              kith connector add desk --type imap --set host=imap.example.com \\
                  --set user=desk@example.com --set 'password=${DESK}'
              kith connector add people --type csv --as source --set path=people.csv \\
                  --set 'mapping={"userId": "id", "email": "e-mail"}'
              kith connector add singer --name helpdesk \\
                  --tap tap-intercom==2.2.5 --tap-config intercom.json
            """,
        subcommands: [AddEntry.self, AddSinger.self],
        defaultSubcommand: AddEntry.self
    )
}

/// Adds an entry of any type by its settings.
struct AddEntry: ParsableCommand {
    enum Role: String, ExpressibleByArgument, CaseIterable {
        case source, destination
    }

    static let configuration = CommandConfiguration(
        commandName: "entry",
        abstract: "Add an entry of any type by its settings; what is done without a subcommand."
    )

    @OptionGroup var folders: FolderOptions
    @OptionGroup var file: ConfigurationOptions
    @Argument(help: "What it is to be called, such as crm.")
    var name: String
    @Option(help: "Its type, such as hubspot: “kith connector list” has all of them.")
    var type: String
    @Option(help: "As what, where the type can be either.")
    var `as`: Role?
    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "A setting; a list is set once for each value, named values such as a mapping are JSON.",
            valueName: "name=value"
        )
    )
    var settings: [String] = []
    @Flag(help: "Write secrets into the file as they are.")
    var allowSecrets = false

    func run() throws {
        let assignments = try settings.map { text in
            guard let assignment = Assignment(text) else { throw ValidationError("“\(text)” is not name=value.") }
            return assignment
        }
        let catalog = Catalog.builtIn(manifests: folders.manifests(in: file.data))
        let plan = EntryPlan(
            catalog: catalog,
            environment: { try? Environment.secret($0) },
            allowsSecrets: allowSecrets
        )
        let list: NewEntry.List? = `as`.map { $0 == .source ? .sources : .destinations }
        let entry = try plan.entry(name: name, type: type, as: list, set: assignments)
        try file.add(entry)
        print("Added to \(entry.list.rawValue) in \(file.path):\n")
        for line in entry.lines(indent: 2) { print(line) }
        for variable in plan.missing(in: entry) {
            print("\n\(variable) is not set here; it must be where Kith is started.")
        }
        print("\nNow start Kith, or, if it runs: kith connector reload")
    }
}

/// Which configuration file is meant.
struct ConfigurationOptions: ParsableArguments {
    @Option(help: "The data directory (KITH_DATA).")
    var data = Environment["KITH_DATA"] ?? ".kith"
    @Option(help: "The configuration file; by default kith.yaml in the data directory (KITH_CONFIG).")
    var config: String?

    var path: String { config ?? Environment["KITH_CONFIG"] ?? "\(data)/kith.yaml" }

    /// The file's text, in which nothing of this list is called so yet; empty when there is no file.
    func text(without name: String, in list: NewEntry.List) throws -> String {
        let text = Folder.exists(path) ? try Folder.text(of: path) : ""
        let known = try Configuration(text) { _ in "" }
        let names = (known.connectors + (list == .destinations ? known.destinations : known.sources)).map(\.name)
        guard !names.contains(name) else { throw ConfigurationError(name, "is there already") }
        return text
    }

    /// Adds the entry to the file, which is made when there is none.
    func add(_ entry: NewEntry) throws {
        var draft = ConfigurationDraft(text: try text(without: entry.name, in: entry.list))
        try draft.add(entry)
        // It may be the first file of the data directory, which is nobody else's to look into.
        if path == "\(data)/kith.yaml" { try Folder.make(data, mode: 0o750) }
        try Folder.replace(path, with: draft.text)
    }
}

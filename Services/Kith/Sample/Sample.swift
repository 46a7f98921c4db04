import ArgumentParser
import Events

/// Writes, and loads, a shop's invented customers.
struct Sample: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a shop's invented customers as files, or load them.",
        discussion: """
            The same number and seed always give the same files: \(ContactsFile.name), \(OrdersFile.name), \
            \(WebFile.name), \(ChatFile.name), \(Mailbox.name), and truth.csv, which says who is who. There are \
            duplicates, slips of the pen and a shared mailbox in them.

            EXAMPLES:
              kith sample shop
              kith sample shop --people 500 --seed 7
              kith sample shop --load
            """
    )

    @OptionGroup var options: InstanceOptions

    @Argument(help: ArgumentHelp("The folder to write to.", valueName: "folder"), completion: .directory)
    var folder = "sample"

    @Option(help: "How many customers.")
    var people = 60

    @Option(help: "Another number gives other customers.")
    var seed: UInt64 = 1

    @Flag(help: "Send them to the running instance as well.")
    var load = false

    func validate() throws {
        guard (1...3000).contains(people) else { throw ValidationError("--people goes from 1 to 3000.") }
    }

    func run() async throws {
        let files = SampleFiles(shop: SampleShop(people: people, seed: seed), directory: Files.absolute(folder))
        try files.write()
        Terminal.errors.line("Wrote \(people) customers to \(files.directory).")
        guard load else { return }
        try await SampleLoader(files: files, instance: try options.instance()).load()
        Terminal.errors.line("Loaded. Try: kith query \(files.shop.bestKnown.email)")
    }
}

extension SampleShop {
    /// Somebody whom most of the systems know, to show.
    var bestKnown: SamplePerson {
        people.reduce(people[0]) { $1.identifiers.count > $0.identifiers.count ? $1 : $0 }
    }
}

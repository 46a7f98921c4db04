import ArgumentParser
import Events

/// Says why two identifiers are one person's, or are not.
struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say why two identifiers are one person's, or why they are not.",
        discussion: """
            Shows the best chain of evidence from the one to the other: each event that named two identifiers \
            together. Of two that are not one person's, it is what would have joined them, with the reasons why it did \
            not.

            Ends with 0 if they are one person's, and with 1 if they are not.

            EXAMPLES:
              kith explain ada@example.com anonymous:8f14e45f
              kith explain user:42 user:43 --json
            """
    )

    @OptionGroup var options: InstanceOptions

    @Argument(help: .person)
    var one: PersonReference

    @Argument(help: ArgumentHelp("The same.", valueName: "other identifier"))
    var other: PersonReference

    @Flag(help: "Print the answer as JSON.")
    var json = false

    func run() async throws {
        let api = try options.instance().api()
        let explanation = try await api.get("\(one.path)/explain", query: [("to", other.text)])
        if json {
            Terminal.output.line(json: explanation)
        } else {
            Terminal.output.line(ExplanationPage(explanation: explanation).rendered(on: .output))
        }
        if explanation["together"]?.bool != true { CommandStatus.failure.end() }
    }
}

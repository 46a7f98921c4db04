import ArgumentParser
import Events

/// Shows everything about one person.
struct Query: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show one person's profile.",
        discussion: """
            EXAMPLES:
              kith query email:ada@example.com
              kith query ada@example.com --json
              kith query +821012345678 --events 20
            """
    )

    @OptionGroup var options: InstanceOptions

    @Argument(help: .person)
    var person: PersonReference

    @Option(help: "How many of the last events to show.")
    var events = 5

    @Flag(help: "Print the profile as JSON, with each trait's source and time.")
    var json = false

    func run() async throws {
        let api = try options.instance().api()
        let profile = try await api.get(person.path, query: [("verbose", "true")])
        if json { return Terminal.output.line(json: profile) }
        let last = events > 0 ? try await lastEvents(api) : []
        Terminal.output.line(ProfileCard(profile: profile, events: last).rendered(on: .output))
    }

    func validate() throws {
        guard (0...100).contains(events) else { throw ValidationError("--events goes from 0 to 100.") }
    }

    private func lastEvents(_ api: API) async throws -> [JSONView] {
        let page = try await api.get("\(person.path)/events", query: [("limit", "\(events)"), ("order", "desc")])
        return page.list("events")
    }
}

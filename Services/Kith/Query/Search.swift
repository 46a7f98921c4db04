import ArgumentParser
import Events

/// Finds profiles by name, traits, identifiers and events.
struct Search: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Find profiles.",
        discussion: """
            Every condition must hold. A trait is compared with =, !=, >, >=, <, <= or ~ (contains); its name alone \
            asks whether it is there.

            EXAMPLES:
              kith search ada
              kith search --trait plan=pro --trait "age>=18"
              kith search --event "Order Completed" --within 30d --json
              kith search --identifier email --limit 100
            """
    )

    @OptionGroup var options: InstanceOptions

    @Argument(help: ArgumentHelp("Words that the names begin with.", valueName: "text"))
    var text: [String] = []

    @Option(help: ArgumentHelp("A condition on a trait, such as plan=pro.", valueName: "condition"))
    var trait: [SearchFilter] = []

    @Option(help: ArgumentHelp("A namespace, or namespace=value.", valueName: "condition"))
    var identifier: [SearchFilter] = []

    @Option(help: ArgumentHelp("An event that happened, by name.", valueName: "name"))
    var event: [String] = []

    @Option(help: ArgumentHelp("The events happened in the last time, such as 30d, 12h or 15m.", valueName: "time"))
    var within: String?

    @Option(help: "How many profiles to show.")
    var limit = 20

    @Option(help: "Go on where an earlier page ended.")
    var cursor: String?

    @Flag(help: "Print only how many there are.")
    var count = false

    @Flag(help: "Print the profiles as JSON, one on each line.")
    var json = false

    func validate() throws {
        guard (1...1000).contains(limit) else { throw ValidationError("--limit goes from 1 to 1000.") }
        guard within == nil || !event.isEmpty else { throw ValidationError("--within needs an --event.") }
        guard identifier.allSatisfy({ $0.identifierCondition != nil }) else {
            throw ValidationError("--identifier takes a namespace, or namespace=value.")
        }
    }

    func run() async throws {
        let api = try options.instance().api()
        if count {
            let answer = try await api.post("/v1/profiles/count", ["where": condition])
            return Terminal.output.line(Shown.value(answer["count"]))
        }
        let (profiles, next) = try await found(api)
        show(profiles)
        Terminal.errors.tellOfMore(next)
    }

    /// As many as were asked for; a page may be shorter although there are more, when few of those looked at fit.
    private func found(_ api: API) async throws -> (profiles: [JSONView], next: String?) {
        var profiles: [JSONView] = []
        var next = cursor
        repeat {
            let page = try await api.post("/v1/profiles/search", body(limit: limit - profiles.count, after: next))
            profiles += page.list("profiles")
            next = page["cursor"]?.string
        } while next != nil && profiles.count < limit
        return (profiles, next)
    }

    private func body(limit: Int, after cursor: String?) -> JSONValue {
        var fields: [String: JSONValue] = ["where": condition, "limit": .number(JSONNumber(Int64(min(limit, 200))))]
        fields["cursor"] = cursor.map(JSONValue.string)
        return .object(fields)
    }

    /// All conditions together.
    var condition: JSONValue {
        var conditions = trait.map(\.traitCondition) + identifier.compactMap(\.identifierCondition)
        conditions += event.map { name in
            within.map { ["event": .string(name), "within": .string($0)] } ?? ["event": .string(name)]
        }
        if !text.isEmpty { conditions.append(["text": .string(text.joined(separator: " "))]) }
        return ["all": .array(conditions)]
    }

    private func show(_ profiles: [JSONView]) {
        if json {
            for profile in profiles { Terminal.output.line(json: profile) }
        } else if profiles.isEmpty {
            Terminal.errors.line("No profile meets this.")
        } else {
            Terminal.output.line(table(profiles).render(on: .output))
        }
    }

    private func table(_ profiles: [JSONView]) -> Table {
        let rows = profiles.map { profile in
            [
                ProfileCard.name(of: profile) ?? "", Search.mainIdentifier(of: profile),
                profile["eventCount"]?.number?.text ?? "", Shown.time(profile["lastSeen"]), profile["id"]?.string ?? "",
            ]
        }
        return Table(
            columns: ["name", "identifier", "events", "last seen", "id"],
            rows: rows,
            styles: [1: .cyan, 4: .faint]
        )
    }

    /// The identifier that says most to a person.
    private static func mainIdentifier(of profile: JSONView) -> String {
        let all =
            profile["identifiers"]?.elements.compactMap { identifier -> Identifier? in
                guard let namespace = identifier["namespace"]?.string, let value = identifier["value"]?.string else {
                    return nil
                }
                return Identifier(namespace, value)
            } ?? []
        // Of several addresses, the one that the person is said to have now.
        let current = profile["traits"]?["email"]?.string?.lowercased()
        let stated = all.first { $0.namespace == "email" && $0.value == current }
        let preferred = ["email", "user", "phone"].lazy.compactMap { name in all.first { $0.namespace == name } }.first
        return (stated ?? preferred ?? all.first)?.description ?? ""
    }
}

import ArgumentParser
import Events
import Topics

/// Says what the value of a trait is.
struct Correct: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what the value of a person's trait is.",
        discussion: """
            It outranks what events say, also later ones, until “kith undo” takes it back. A value that is no JSON is \
            a text; null says that the person has none.

            EXAMPLES:
              kith correct ada@example.com name "Ada King" --reason "She married."
              kith correct user:42 age 37 --reason "She told us."
              kith correct user:42 phone null --reason "Not hers."
            """
    )

    @OptionGroup var options: InstanceOptions

    @Argument(help: .person)
    var person: PersonReference

    @Argument(help: "The trait's name.")
    var trait: String

    @Argument(help: "The value.")
    var value: String

    @OptionGroup var justification: Justification

    @Flag(help: "Print the answer as JSON.")
    var json = false

    func run() async throws {
        var body: [String: JSONValue] = ["trait": .string(trait), "reason": .string(justification.reason)]
        body["value"] = (try? JSONDocument(Array(value.utf8)).root.value) ?? .string(value)
        body["author"] = Author.named(justification.author).map(JSONValue.string)
        let api = try options.instance().api(.profile, .admin)
        let answer = try await api.post("\(person.path)/corrections", .object(body))
        if json { return Terminal.output.line(json: answer) }
        let id = Shown.value(answer["id"])
        Terminal.errors.line("It is corrected: \(id). “kith undo \(id) --reason …” takes it back.")
    }
}

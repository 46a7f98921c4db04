import ArgumentParser
import Events
import Topics

/// Decides that two identifiers are one person's.
struct Merge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Decide that two identifiers are one person's.",
        discussion: """
            A decision outranks everything that events say, and survives a rebuild. Nothing is lost by it: “kith undo” \
            takes it back, and the profiles are as they would be without it.

            What would change is shown first, and you are asked; --yes does not ask, --preview only shows.

            EXAMPLES:
              kith merge user:42 ada@example.com --reason "She called; both are hers."
              kith merge user:42 crm_id:7 --preview
            """
    )

    @OptionGroup var options: InstanceOptions
    @OptionGroup var pair: DecidedPair
    @OptionGroup var word: DecisionWord

    func run() async throws {
        try await DecisionRun(api: options.instance().api(.profile, .admin), word: word)
            .decide("together", pair.one, pair.other)
    }
}

/// Decides that two identifiers are never one person's.
struct Split: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Decide that two identifiers are never one person's.",
        discussion: """
            A decision outranks everything that events say, and survives a rebuild. Whatever comes, the two are kept \
            apart until “kith undo” takes it back.

            What would change is shown first, and you are asked; --yes does not ask, --preview only shows.

            EXAMPLES:
              kith split user:42 info@example.com --reason "A mailbox of the office."
              kith split user:42 phone:+12015550123 --preview
            """
    )

    @OptionGroup var options: InstanceOptions
    @OptionGroup var pair: DecidedPair
    @OptionGroup var word: DecisionWord

    func run() async throws {
        try await DecisionRun(api: options.instance().api(.profile, .admin), word: word)
            .decide("apart", pair.one, pair.other)
    }
}

/// The two identifiers that are decided on.
struct DecidedPair: ParsableArguments {
    @Argument(help: .person)
    var one: PersonReference

    @Argument(help: ArgumentHelp("The same.", valueName: "other identifier"))
    var other: PersonReference
}

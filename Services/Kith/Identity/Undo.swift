import ArgumentParser
import Topics

/// Takes a decision or a correction back.
struct Undo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take back a decision or a correction, as if it had never been made.",
        discussion: """
            EXAMPLES:
              kith undo dec_k7m2qfzt4xwo2345 --reason "It was another Ada."
              kith undo cor_k7m2qfzt4xwo2345 --reason "The shop is right."
            """
    )

    @OptionGroup var options: InstanceOptions

    @Argument(help: "Its id, as “kith decisions” and “kith history” show it.")
    var id: String

    @OptionGroup var word: DecisionWord

    func run() async throws {
        let run = DecisionRun(api: try options.instance().api(.profile, .admin), word: word)
        if id.hasPrefix("cor_") {
            try await run.withdrawCorrection(id)
        } else {
            try await run.withdraw(id)
        }
    }
}

import ArgumentParser

/// Who decides and why, and how it is asked.
struct DecisionWord: ParsableArguments {
    @Option(help: "Why; it is kept with the decision. Only --preview does without.")
    var reason: String?

    @Option(help: "Who decides; by default the user who runs this.")
    var author: String?

    @Flag(help: "Only show what would change.")
    var preview = false

    @Flag(help: "Do it without asking.")
    var yes = false

    @Flag(help: "Print the answer as JSON.")
    var json = false

    func validate() throws {
        guard preview || reason?.isEmpty == false else { throw ValidationError("A decision needs a --reason.") }
    }
}

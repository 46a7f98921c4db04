import Glibc

/// Asks a person at the terminal.
enum Confirmation {
    /// Whether the person says yes; without a terminal nobody can be asked, and the options that the command has are named.
    static func isGiven(_ question: String, hasPreview: Bool = false) throws(CommandError) -> Bool {
        guard isatty(STDIN_FILENO) == 1, Terminal.errors.isInteractive else {
            throw CommandError(
                .usage,
                "Nobody can be asked here, so nothing was done.",
                remedy: hasPreview
                    ? "Give --yes to do it, or --preview to see what would change." : "Give --yes to do it."
            )
        }
        Terminal.errors.write("\(question) [y/N] ")
        return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
    }
}

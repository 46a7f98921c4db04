import ArgumentParser

/// Prints a completion script for a shell.
struct Completions: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print a completion script for a shell.",
        discussion: """
            bash:  kith completions bash > ~/.local/share/bash-completion/completions/kith
            zsh:   kith completions zsh > ~/.zfunc/_kith     (with ~/.zfunc in $fpath)
            fish:  kith completions fish > ~/.config/fish/completions/kith.fish
            """
    )

    /// The shells that there is a script for.
    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash
        case zsh
        case fish

        fileprivate var completion: CompletionShell {
            switch self {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        }
    }

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    func run() throws {
        Terminal.output.line(Kith.completionScript(for: shell.completion))
    }
}

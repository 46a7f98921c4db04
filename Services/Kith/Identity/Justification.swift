import ArgumentParser
import Glibc
import ServiceKit

/// Who decides something.
enum Author {
    /// Whom the command line names, or else the user who runs this, if that is known.
    static func named(_ name: String?) -> String? { name ?? Environment["USER"] ?? accountName }

    /// What the system calls the user; USER is not set everywhere, such as in a container.
    private static var accountName: String? {
        guard let account = getpwuid(getuid()), let name = account.pointee.pw_name else { return nil }
        return String(cString: name)
    }
}

/// Why something is done, and who says so.
struct Justification: ParsableArguments {
    @Option(help: "Why; it is kept with what is done.")
    var reason: String

    @Option(help: "Who says so; by default the user who runs this.")
    var author: String?

    /// The same as parameters of a request.
    var query: [(String, String?)] { [("reason", reason), ("author", Author.named(author))] }
}

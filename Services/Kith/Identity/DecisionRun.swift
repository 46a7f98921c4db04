import ArgumentParser
import Events
import Glibc
import ServiceKit

/// Shows what a decision would change, asks, and then makes it.
struct DecisionRun {
    let api: API
    let word: DecisionWord

    func decide(_ verdict: String, _ one: PersonReference, _ other: PersonReference) async throws {
        let pair: [String: JSONValue] = ["left": .string(one.text), "right": .string(other.text)]
        let wish = pair.merging(["verdict": .string(verdict)]) { $1 }
        guard try await isWanted(wish) else { return }
        let path = verdict == "together" ? "/v1/identity/links" : "/v1/identity/separations"
        let answer = try await api.post(path, .object(pair.merging(words) { $1 }))
        tell(
            answer,
            "It is decided: \(Shown.value(answer["id"])). “kith undo \(Shown.value(answer["id"]))” takes it back."
        )
    }

    func withdraw(_ id: String) async throws {
        guard try await isWanted(["withdraw": .string(id)]) else { return }
        let path = "/v1/identity/decisions/\(API.encoded(id))"
        tell(try API.json(in: try await api.send("DELETE", path, query: query)), "It is taken back.")
    }

    func withdrawCorrection(_ id: String) async throws {
        guard !word.preview else {
            throw CommandError(.usage, "What taking a correction back changes is not foretold.")
        }
        let path = "/v1/corrections/\(API.encoded(id))"
        tell(try API.json(in: try await api.send("DELETE", path, query: query)), "It is taken back.")
    }

    // MARK: - Asking

    /// Shows what would change; whether it shall.
    private func isWanted(_ wish: [String: JSONValue]) async throws -> Bool {
        if word.yes, !word.preview { return true }
        let outlook = try await api.post("/v1/identity/preview", .object(wish))
        if word.preview, word.json {
            Terminal.output.line(json: outlook)
        } else {
            let terminal = word.preview ? Terminal.output : Terminal.errors
            terminal.line(OutlookPage(outlook: outlook).rendered(on: terminal))
        }
        return word.preview ? false : try Confirmation.isGiven("Shall it be so?", hasPreview: true)
    }

    private var words: [String: JSONValue] {
        var words: [String: JSONValue] = ["reason": .string(word.reason ?? "")]
        words["author"] = author.map(JSONValue.string)
        return words
    }

    private var query: [(String, String?)] { [("reason", word.reason), ("author", author)] }

    private var author: String? { Author.named(word.author) }

    private func tell(_ answer: JSONView, _ text: String) {
        if word.json { return Terminal.output.line(json: answer) }
        Terminal.errors.line(text)
        guard answer["applied"]?.bool == false else { return }
        Terminal.errors.line("It is noted, and takes effect once the events before it are taken in.")
    }
}

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

/// The profiles that a decision concerns, as a person reads them in a terminal.
struct OutlookPage {
    let outlook: JSONView

    func rendered(on terminal: Terminal) -> String {
        let (before, after) = (persons("before"), persons("after"))
        guard !before.isEmpty || !after.isEmpty else { return "It changes nothing at present." }
        var lines = [terminal.paint("now", .bold)] + before.flatMap { card(of: $0, on: terminal) }
        lines += [terminal.paint("then", .bold)] + after.flatMap { card(of: $0, on: terminal) }
        return lines.joined(separator: "\n")
    }

    private func persons(_ name: String) -> [JSONView] { outlook[name].map { Array($0.elements) } ?? [] }

    private func card(of person: JSONView, on terminal: Terminal) -> [String] {
        let identifiers = person["identifiers"]?.elements.compactMap(\.string) ?? []
        let more = Int(person["identifierCount"]?.int64 ?? 0) - identifiers.count
        let reason = person["nobody"].map { terminal.paint(" \(Self.nobodys($0.string))", .yellow) } ?? ""
        return ["  \(terminal.paint(Shown.value(person["id"]), .cyan))\(reason)"]
            + identifiers.map { "    \(Printable.clean($0))" } + (more > 0 ? ["    and \(more) more"] : [])
    }

    /// Why an identifier is nobody's, in words.
    private static func nobodys(_ reason: String?) -> String {
        switch reason {
        case "shared": "nobody's: too many people have it"
        case "divided": "nobody's, but for the times of those who logged in on it"
        case "ambiguous": "nobody's: those who have it cannot be one person"
        default: "nobody's"
        }
    }
}

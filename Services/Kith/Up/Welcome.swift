/// What to try next, printed once everything runs; each line works as it stands.
struct Welcome: Sendable {
    let ready: ReadyFile
    /// Somebody who is in the sample, when it was loaded.
    var person: String?

    func rendered(on terminal: Terminal) -> String {
        let title = terminal.paint("Kith is running.", .bold)
        return ([title, ""] + addresses + [""] + [terminal.paint("Try:", .bold)] + suggestions).joined(separator: "\n")
    }

    private var addresses: [String] {
        [
            "  send events to   \(ready.url(of: .ingest))",
            "  query and admin  \(ready.url(of: .profile))",
            "  write key        \(ready.keys.write)",
            "  read key         \(ready.keys.read)",
            "  data             \(ready.data)",
        ]
    }

    private var suggestions: [String] {
        let event =
            #"{"userId":"42","event":"Signed Up","properties":{"plan":"pro"},"context":{"traits":{"name":"Ada"}}}"#
        let identifier = person ?? "user:42"
        return [
            "  curl -u \(ready.keys.write): -H 'Content-Type: application/json' -d '\(event)' \(ready.url(of: .ingest))/v1/track",
            "  curl -H 'Authorization: Bearer \(ready.keys.read)' \(ready.url(of: .profile))/v1/profiles/\(identifier)",
            "  \(program) query \(identifier)\(dataOption)",
            "  \(program) status\(dataOption)",
            "",
            "Ctrl-C stops it; “\(program) up\(dataOption)” goes on where it stopped.",
        ]
    }

    /// How this program was called, so that the lines work although it may not be on the search path.
    private var program: String {
        Welcome.quoted(CommandLine.arguments.first ?? "kith")
    }

    private var dataOption: String {
        ready.data == Files.absolute(InstanceOptions.defaultDirectory) ? "" : " --data \(Welcome.quoted(ready.data))"
    }

    /// The word as a shell takes it for one.
    static func quoted(_ word: String) -> String {
        let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._/+:@%".utf8)
        if !word.isEmpty, word.utf8.allSatisfy(plain.contains) { return word }
        return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
    }
}

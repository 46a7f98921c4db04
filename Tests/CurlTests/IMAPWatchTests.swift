import Synchronization
import Testing

@testable import Curl

/// A server of one mailbox, which notes every command after the login and answers by its script.
private final class ScriptedMailbox: Sendable {
    private let heard = Mutex<[String]>([])
    private let capabilities: String
    /// What it says before it ends an IDLE, the first, the second and so on; after the last it hangs up.
    private let arrivals: [String]

    init(capabilities: String = "IMAP4rev1 IDLE", arrivals: [String] = []) {
        self.capabilities = capabilities
        self.arrivals = arrivals
    }

    var commands: [String] { heard.withLock { $0 } }

    func converse(_ connection: Int32) {
        LoopbackServer.write("* OK hello\r\n", to: connection)
        var (idle, ended) = ("", 0)
        while let line = LoopbackServer.line(from: connection) {
            let words = line.split(separator: " ", maxSplits: 2).map(String.init)
            let (tag, word) = words.count > 1 ? (words[0], words[1]) : (idle, line)
            if tag.hasPrefix("K") { heard.withLock { $0.append(word) } }
            switch word {
            case "CAPABILITY": reply("* CAPABILITY \(capabilities)\r\n\(tag) OK done\r\n", connection)
            case "EXAMINE": reply("* 1 EXISTS\r\n* OK [UIDVALIDITY 1] valid\r\n\(tag) OK done\r\n", connection)
            case "IDLE":
                idle = tag
                reply("+ idling\r\n", connection)
            case "DONE":
                guard ended < arrivals.count else { return }
                reply("\(arrivals[ended])\(tag) OK done\r\n", connection)
                ended += 1
            default: reply("\(tag) OK done\r\n", connection)
            }
        }
    }

    private func reply(_ text: String, _ connection: Int32) { LoopbackServer.write(text, to: connection) }
}

@Suite("Watching a mailbox")
struct IMAPWatchTests {
    private func watch(_ mailbox: ScriptedMailbox) async -> (news: Int, error: CurlError?) {
        let server = LoopbackServer(conversation: mailbox.converse)
        let client = IMAPClient(
            .init(host: "127.0.0.1", port: server.port, security: .none, login: .init(user: "ada", password: "secret"))
        )
        let count = Atomic(0)
        let error = await #expect(throws: CurlError.self) {
            try await client.watch("INBOX", renewal: .milliseconds(50)) { count.add(1, ordering: .relaxed) }
        }
        return (count.load(ordering: .relaxed), error)
    }

    @Test("speaks to the server again and again, and misses no message that arrives in between")
    func renews() async {
        let mailbox = ScriptedMailbox(arrivals: ["", "* 2 EXISTS\r\n", "* 1 EXPUNGE\r\n"])
        let (news, error) = await watch(mailbox)
        #expect(news == 2, "one for the beginning, one for the message")
        #expect(
            mailbox.commands == [
                "EXAMINE", "CAPABILITY", "IDLE", "DONE", "IDLE", "DONE", "IDLE", "DONE", "IDLE", "DONE",
            ]
        )
        #expect(error != nil && error != .timedOut)
    }

    @Test("says when the server does not know how")
    func needsTheCapability() async {
        let (news, error) = await watch(ScriptedMailbox(capabilities: "IMAP4rev1"))
        #expect(news == 0)
        #expect(error?.description.contains("IDLE") == true)
    }
}

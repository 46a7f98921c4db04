import Dispatch
import Synchronization
import Testing

@testable import Curl

/// A server of one mailbox that cannot read some of its messages, and refuses every set with one of them.
///
/// After so many questions for messages it refuses all.
private final class DamagedMailbox: Sendable {
    private let uids: ClosedRange<UInt32>
    private let damaged: Set<UInt32>
    private let patience: Int
    private let asked = Atomic(0)

    init(_ uids: ClosedRange<UInt32>, damaged: Set<UInt32> = [], patience: Int = .max) {
        self.uids = uids
        self.damaged = damaged
        self.patience = patience
    }

    /// How often messages were asked for.
    var fetches: Int { asked.load(ordering: .relaxed) }

    func converse(_ connection: Int32) {
        LoopbackServer.write("* OK hello\r\n", to: connection)
        while let line = LoopbackServer.line(from: connection) {
            let words = line.split(separator: " ").map(String.init)
            guard words.count > 1 else { return }
            LoopbackServer.write(answer(to: words, tag: words[0]), to: connection)
        }
    }

    private func answer(to words: [String], tag: String) -> String {
        switch words[1] {
        case "CAPABILITY": return "* CAPABILITY IMAP4rev1\r\n\(tag) OK done\r\n"
        case "EXAMINE": return "* \(uids.count) EXISTS\r\n* OK [UIDVALIDITY 1] valid\r\n\(tag) OK done\r\n"
        case "UID" where words[2] == "SEARCH":
            return "* SEARCH \(uids.map(String.init).joined(separator: " "))\r\n\(tag) OK done\r\n"
        case "UID": return messages(words[3].split(separator: ",").compactMap { UInt32($0) }, tag)
        default: return "\(tag) OK done\r\n"
        }
    }

    private func messages(_ uids: [UInt32], _ tag: String) -> String {
        let count = asked.add(1, ordering: .relaxed).newValue
        guard count <= patience, damaged.isDisjoint(with: uids) else {
            return "\(tag) NO Some messages could not be FETCHed (Failure)\r\n"
        }
        let texts = uids.map { uid in
            let header = "From: p\(uid)@x.test\r\n\r\n"
            return "* \(uid) FETCH (UID \(uid) BODY[HEADER.FIELDS (FROM)]<0> {\(header.utf8.count)}\r\n\(header))\r\n"
        }
        return "\(texts.joined())\(tag) OK done\r\n"
    }
}

@Suite("A mailbox with messages that its server cannot read")
struct IMAPFetchTests {
    private func read(_ mailbox: DamagedMailbox) async throws(CurlError) -> IMAPBatch {
        let server = LoopbackServer(conversation: mailbox.converse)
        defer { withExtendedLifetime(server) {} }
        let client = IMAPClient(
            .init(host: "127.0.0.1", port: server.port, security: .none, login: .init(user: "ada", password: "secret"))
        )
        return try await client.messages(in: "INBOX", after: nil, fields: ["From"])
    }

    @Test("gives the others, and says which they are")
    func goesOn() async throws {
        let batch = try await read(DamagedMailbox(1...250, damaged: [3, 7, 222]))
        #expect(batch.messages.map(\.uid) == (1...250).filter { ![3, 7, 222].contains($0) })
        #expect(batch.messages.first?.header == Array("From: p1@x.test\r\n\r\n".utf8))
        #expect(batch.refused.map(\.uid) == [3, 7, 222])
        #expect(batch.refused.first?.reason.contains("could not be FETCHed") == true)
        #expect(batch.bookmark == IMAPBookmark(validity: 1, lastUID: 250))
    }

    @Test("cannot be read when the server gives none of them, which is found out soon")
    func givesUp() async {
        let mailbox = DamagedMailbox(1...200, damaged: Set(1...200))
        let error = await #expect(throws: CurlError.self) { try await read(mailbox) }
        #expect(error?.description.contains("could not be FETCHed") == true)
        #expect(mailbox.fetches < 40)
    }

    @Test("cannot be read on when the server gives no more of them, also none that it gave before")
    func losesNothing() async {
        let mailbox = DamagedMailbox(1...250, patience: 1)
        await #expect(throws: CurlError.self) { try await read(mailbox) }
        #expect(mailbox.fetches < 12)
    }
}

/// A server of one mailbox that is slow to give its messages.
private final class SlowMailbox: Sendable {
    private let gate = DispatchSemaphore(value: 0)
    private let asked: AsyncStream<Void>.Continuation
    /// Ends when messages were asked for.
    let fetch: AsyncStream<Void>

    init() {
        (fetch, asked) = AsyncStream.makeStream()
    }

    func give() { gate.signal() }

    func converse(_ connection: Int32) {
        LoopbackServer.write("* OK hello\r\n", to: connection)
        while let line = LoopbackServer.line(from: connection) {
            let words = line.split(separator: " ").map(String.init)
            guard words.count > 1 else { return }
            var answer = ""
            if words[1] == "CAPABILITY" { answer = "* CAPABILITY IMAP4rev1\r\n" }
            if words[1] == "EXAMINE" { answer = "* 7 EXISTS\r\n* OK [UIDVALIDITY 1] valid\r\n" }
            if words[1] == "UID" {
                asked.finish()
                gate.wait()
                answer = "* SEARCH\r\n"
            }
            LoopbackServer.write("\(answer)\(words[0]) OK done\r\n", to: connection)
        }
    }
}

@Suite("A mailbox that is being read")
struct IMAPReadingTests {
    @Test("can be looked at meanwhile", .timeLimit(.minutes(5)))
    func status() async throws {
        let mailbox = SlowMailbox()
        let server = LoopbackServer(conversation: mailbox.converse)
        defer { withExtendedLifetime(server) {} }
        let client = IMAPClient(
            .init(host: "127.0.0.1", port: server.port, security: .none, login: .init(user: "ada", password: "secret"))
        )
        let reading = Task { try await client.messages(in: "INBOX", after: nil, fields: ["From"]) }
        for await _ in mailbox.fetch {}
        #expect(try await client.status(of: "INBOX").count == 7)
        mailbox.give()
        #expect(try await reading.value.messages.isEmpty)
    }
}

import Testing

@testable import Curl

@Suite("IMAP responses")
struct IMAPResponseTests {
    @Test("keeps a literal with what stands around it, wherever the bytes are cut")
    func keepsLiterals() throws {
        let wire =
            "* 1 FETCH (UID 7 BODY[HEADER.FIELDS (FROM TO)]<0> {12}\r\nFrom: a\r\n)}\n FLAGS ())\r\n* 2 EXISTS\r\n"
        for size in 1...20 {
            var buffer = IMAPBuffer()
            var responses: [String] = []
            for start in stride(from: 0, to: wire.utf8.count, by: size) {
                buffer.add(Array(wire.utf8)[start..<min(start + size, wire.utf8.count)])
                while let response = try buffer.next() { responses.append(String(decoding: response, as: UTF8.self)) }
            }
            #expect(responses.count == 2)
            let message = try IMAPResponse(parsing: Array(responses[0].utf8)).message
            #expect(message?.uid == 7)
            #expect(message?.header == Array("From: a\r\n)}\n".utf8))
            #expect(responses[1] == "* 2 EXISTS")
        }
    }

    @Test("reads the counters of a mailbox")
    func readsCounters() throws {
        func parsed(_ text: String) throws -> IMAPResponse { try IMAPResponse(parsing: Array(text.utf8)) }
        #expect(try parsed("* OK [UIDVALIDITY 1795493726] UIDs (valid").code("UIDVALIDITY") == 1_795_493_726)
        #expect(try parsed("* OK [uidnext 12]").code("UIDNEXT") == 12)
        #expect(try parsed("* 172 EXISTS").count(of: "EXISTS") == 172)
        #expect(try parsed("* SEARCH 2 84 882").searchResult == [2, 84, 882])
        #expect(try parsed("* SEARCH").searchResult == [])
        #expect(try parsed("K1 NO [NONEXISTENT] No such mailbox.").text == "NO [NONEXISTENT] No such mailbox.")
    }

    @Test("reads a header given as a quoted string or as nothing")
    func readsQuoted() throws {
        let quoted = try IMAPResponse(parsing: Array(#"* 1 FETCH (BODY[HEADER.FIELDS (FROM)]<0> "a\"b" UID 3)"#.utf8))
        #expect(quoted.message == IMAPMessage(uid: 3, receivedAt: nil, header: Array("a\"b".utf8)))
        let none = try IMAPResponse(
            parsing: Array(
                #"* 1 FETCH (UID 3 INTERNALDATE "17-Jul-1996 02:44:25 -0700" BODY[HEADER.FIELDS (FROM)]<0> NIL)"#.utf8
            )
        )
        #expect(none.message == IMAPMessage(uid: 3, receivedAt: "17-Jul-1996 02:44:25 -0700", header: []))
    }

    @Test("leaves out the line that the limit has cut, which may end in half an address")
    func leavesOutHalfLine() throws {
        let lines = String(repeating: "To: ann@x.test,\r\n", count: 5000)
        func header(of text: some StringProtocol) throws -> String? {
            let wire = "* 1 FETCH (UID 3 BODY[HEADER.FIELDS (TO)]<0> {\(text.utf8.count)}\r\n\(text))"
            let message = try IMAPResponse(parsing: Array(wire.utf8)).message
            return message.map { String(decoding: $0.header, as: UTF8.self) }
        }
        // A line has 17 bytes.
        let cut = String(decoding: Array(lines.utf8).prefix(65_536), as: UTF8.self)
        #expect(try header(of: cut)?.utf8.count == 65_535 / 17 * 17)
        #expect(try header(of: String(repeating: "x", count: 65_536)) == "")
        #expect(try header(of: "To: bob@x.test") == "To: bob@x.test")
    }

    @Test("refuses an answer that is nested too deeply")
    func refusesDeepNesting() {
        let text = "* 1 FETCH " + String(repeating: "(", count: 10_000)
        #expect(throws: CurlError.self) { try IMAPResponse(parsing: Array(text.utf8)) }
    }

    @Test(
        "writes mailbox names in modified UTF-7",
        arguments: [
            ("INBOX", "\"INBOX\""), ("a&b", "\"a&-b\""), ("Entwürfe", "\"Entw&APw-rfe\""), ("台北", "\"&U,BTFw-\""),
            ("a\"b\\", "\"a\\\"b\\\\\""),
        ]
    )
    func writesMailboxNames(name: String, wire: String) throws {
        #expect(try quoted(name) == wire)
    }
}

import ConnectorKit
import Events
import Testing

@Suite("Mail messages")
struct MailMessageTests {
    private var message: MailMessage {
        MailMessage(
            from: MailAddress(name: "Shop", address: "shop@hub.test"),
            to: [MailAddress(name: "Ada", address: "ada@x.test")],
            subject: "Hello",
            text: "Hi\n",
            messageID: "1@hub.test",
            date: Timestamp(microseconds: 0)
        )
    }

    private func text(_ message: MailMessage) throws -> String { String(decoding: try message.bytes(), as: UTF8.self) }

    @Test("writes a plain message")
    func writesPlain() throws {
        #expect(
            try text(message)
                == [
                    "Date: Thu, 01 Jan 1970 00:00:00 +0000", "Message-ID: <1@hub.test>", "From: Shop <shop@hub.test>",
                    "To: Ada <ada@x.test>", "Subject: Hello", "MIME-Version: 1.0",
                    "Content-Type: text/plain; charset=utf-8",
                    "Content-Transfer-Encoding: quoted-printable", "", "Hi", "", "",
                ].joined(separator: "\r\n")
        )
    }

    @Test("offers text and HTML as alternatives, the same bytes each time")
    func writesAlternatives() throws {
        var both = message
        both.html = "<p>Hi</p>"
        let wire = try text(both)
        #expect(try text(both) == wire)
        #expect(wire.contains("Content-Type: multipart/alternative; boundary=\"=_"))
        #expect(wire.contains("text/plain") && wire.contains("text/html"))
        #expect(wire.hasSuffix("--\r\n"))
    }

    @Test("has only ASCII on the wire, in lines of at most 76 characters, and gives the same text back")
    func encodes() throws {
        var message = message
        message.from.name = "김서연 (주문)"
        message.to = [MailAddress(name: "Lovelace, \"Ada\"", address: "ada@x.test")]
        message.subject = String(repeating: "안녕하세요 Zoë ", count: 20)
        message.text = String(repeating: "가나다=", count: 60) + " \r\nend. \t"
        let wire = try text(message)
        #expect(wire.utf8.allSatisfy { $0 < 0x80 })
        #expect(wire.split(separator: "\r\n").allSatisfy { $0.utf8.count <= 76 })
        let header = MailHeader(Array(wire.utf8))
        #expect(header.text("subject") == message.subject)
        #expect(header.addresses("from") == [message.from])
        #expect(header.addresses("to") == message.to)
        #expect(wire.contains("=EA=B0=80"))
        #expect(wire.hasSuffix("end. =09\r\n"))
        #expect(wire.contains("=20\r\nend."))
    }

    @Test("offers to unsubscribe with one click")
    func offersUnsubscribe() throws {
        var message = message
        message.unsubscribe = "https://hub.test/u?t=1"
        #expect(
            try text(message).contains(
                "List-Unsubscribe: <https://hub.test/u?t=1>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
            )
        )
    }

    @Test(
        "refuses a field that would begin another one",
        arguments: ["a\r\nBcc: b@x.test", "a\nb", "a\rb", "a\u{0}b", "a\u{85}b", "a\u{2028}b"]
    )
    func refusesControlCharacters(text: String) {
        var subject = message
        subject.subject = text
        #expect(throws: MailMessageError.controlCharacter("Subject")) { try subject.bytes() }
        var name = message
        name.to = [MailAddress(name: text, address: "a@x.test")]
        #expect(throws: MailMessageError.controlCharacter("address")) { try name.bytes() }
        var unsubscribe = message
        unsubscribe.unsubscribe = text
        #expect(throws: MailMessageError.controlCharacter("List-Unsubscribe")) { try unsubscribe.bytes() }
    }

    @Test("refuses a message with nothing in it or to nobody")
    func refusesEmpty() {
        var empty = message
        empty.text = nil
        #expect(throws: MailMessageError.empty) { try empty.bytes() }
        var lost = message
        lost.to = []
        #expect(throws: MailMessageError.noRecipient) { try lost.bytes() }
    }
}

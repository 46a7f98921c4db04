import ConnectorKit
import Curl
import Events
import Testing

@testable import ConnectorService

@Suite("Mail events")
struct MailEventsTests {
    private func events(_ header: String, ignoring: Set<String> = []) throws -> [(event: SourceEvent, body: JSONValue)]
    {
        let message = IMAPMessage(
            uid: 1,
            receivedAt: "24-Nov-2026 04:00:00 +0000",
            header: Array(header.replacing("\n", with: "\r\n").utf8)
        )
        return try MailEvents.events(of: message, ignoring: ignoring).map { ($0, try JSONValue(parsing: $0.body)) }
    }

    private let header = """
        Message-ID: <3@x>
        From: Ada <ada@x.test>
        To: Bob <bob@x.test>, ADA@x.test
        Cc: eve@x.test
        Subject: Hello
        Date: Tue, 24 Nov 2026 03:00:00 +0000
        References: <1@x> <2@x>
        In-Reply-To: <2@x>

        """

    @Test("makes one event per person, in which nobody else is an identifier")
    func makesOneEventPerPerson() throws {
        let events = try events(header)
        let identifiers = events.map { $0.body["context"]?["externalIds"]?.text }
        #expect(
            identifiers == [
                #"[{"id":"ada@x.test","type":"email"}]"#, #"[{"id":"bob@x.test","type":"email"}]"#,
                #"[{"id":"eve@x.test","type":"email"}]"#,
            ]
        )
        #expect(events.map(\.event.name) == ["Email Sent", "Email Received", "Email Received"])
        #expect(events.map { $0.body["properties"]?["role"] } == ["from", "to", "cc"])
        #expect(events.map { $0.body["context"]?["traits"] } == [["name": "Ada"], ["name": "Bob"], nil])
        #expect(events.allSatisfy { $0.body["userId"] == nil && $0.body["traits"] == nil })
    }

    @Test("says which thread a message belongs to")
    func namesThread() throws {
        #expect(try events(header).first?.body["properties"]?["threadId"] == "1@x")
        let alone = try events("Message-ID: <9@x>\nFrom: a@x.test\n")
        #expect(alone.first?.body["properties"]?["threadId"] == "9@x")
        let answer = try events("Message-ID: <9@x>\nIn-Reply-To: <8@x>\nFrom: a@x.test\n")
        #expect(answer.first?.body["properties"]?["threadId"] == "8@x")
    }

    @Test("gives each message and person an id that stays")
    func makesStableIDs() throws {
        let ids = try events(header).map(\.event.messageID)
        #expect(Set(ids).count == 3)
        // The connector for Gmail has the same in its fixtures: a message that both have read is one.
        #expect(ids.first == "3875c7f2d5616cfe337cc2cd50e58cb1")
        #expect(try events(header).map(\.event.messageID) == ids)
        #expect(try events(header.replacing("<3@x>", with: "<4@x>")).map(\.event.messageID) != ids)
        // A message without an id is known by its header.
        let without = "From: a@x.test\nSubject: s\n"
        #expect(try events(without).map(\.event.messageID) == events(without).map(\.event.messageID))
    }

    @Test(
        "takes the sender's date unless it is missing, broken or from the future",
        arguments: [
            ("Date: Tue, 24 Nov 2026 03:00:00 +0000\n", "2026-11-24T03:00:00.000Z"),
            ("", "2026-11-24T04:00:00.000Z"), ("Date: soon\n", "2026-11-24T04:00:00.000Z"),
            ("Date: Fri, 27 Nov 2026 03:00:00 +0000\n", "2026-11-24T04:00:00.000Z"),
        ]
    )
    func choosesTime(date: String, expected: String) throws {
        #expect(try events("From: a@x.test\n" + date).first?.event.timestamp.description == expected)
    }

    @Test(
        "gives as the message’s own time its date, else when it arrived",
        arguments: [
            ("Date: Fri, 27 Nov 2026 03:00:00 +0000\n", "2026-11-27T03:00:00.000Z"),
            ("Date: soon\n", "2026-11-24T04:00:00.000Z"), ("", "2026-11-24T04:00:00.000Z"),
        ]
    )
    func tellsOwnTime(date: String, expected: String) throws {
        #expect(try events("From: a@x.test\n" + date).first?.event.originalTimestamp?.description == expected)
        let undated = IMAPMessage(uid: 1, receivedAt: nil, header: Array("From: a@x.test\r\n\r\n".utf8))
        #expect(MailEvents.events(of: undated, ignoring: []).map(\.originalTimestamp) == [nil])
    }

    @Test("leaves out addresses that stand for no person")
    func ignores() throws {
        #expect(try events(header, ignoring: ["bob@x.test"]).count == 2)
    }

    @Test("does not grow with the square of the recipients")
    func staysSmall() throws {
        let people = (0..<1000).map { "p\($0)@x.test" }.joined(separator: ", ")
        let events = try events("From: a@x.test\nTo: \(people)\n")
        #expect(events.count == 1001)
        #expect(events.allSatisfy { $0.event.body.count < 3000 })
    }

    @Test("does not repeat a long subject for each of the recipients")
    func cutsSubject() throws {
        let people = (0..<1000).map { "p\($0)@x.test" }.joined(separator: ", ")
        let events = try events("From: a@x.test\nTo: \(people)\nSubject: \(String(repeating: "s", count: 32 << 10))\n")
        #expect(events.count == 1001)
        #expect(events.allSatisfy { $0.event.body.count < 5000 })
        #expect(events.first?.body["properties"]?["subject"]?.plainText.count == 1000)
    }
}

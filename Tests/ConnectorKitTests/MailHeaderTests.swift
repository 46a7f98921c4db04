import ConnectorKit
import Events
import Testing

@Suite("Mail headers")
struct MailHeaderTests {
    @Test(
        "decodes encoded words",
        arguments: [
            ("plain", "plain"),
            ("=?utf-8?B?7JWI64WV?=", "안녕"),
            ("=?UTF-8?q?a_b=3D?= c", "a b= c"),
            ("=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab"),
            ("=?utf-8?Q?a?=\r\n  =?iso-8859-1?Q?=E9?= x", "aé x"),
            ("=?utf-8?B?7JWI6w==?= =?utf-8?B?hZU=?=", "안녕"),
            ("=?iso-8859-1*de?Q?Gr=FC=DFe?=", "Grüße"),
            ("=?koi8-r?B?8NLJ18XU?=", "Привет"),
            ("=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"),
            ("=?nonsense?Q?a?=", "a"),
            ("=?utf-8?X?a?=", "=?utf-8?X?a?="),
            ("=?utf-8?Q?=G1?=", "=?utf-8?Q?=G1?="),
            ("=?utf-8?B?a", "=?utf-8?B?a"),
            ("a =?utf-8?Q?b?= c =?utf-8?Q?d?=", "a b c d"),
            ("1 = 2 =? 3", "1 = 2 =? 3"),
        ]
    )
    func decodes(text: String, expected: String) {
        #expect(EncodedWord.decode(text) == expected)
    }

    @Test("unfolds fields, whatever their case and line ends")
    func unfolds() {
        let header = MailHeader(
            Array("SUBJECT: one\r\n two\r\nfrom : a@x.test\nTo: b@x.test,\n\tc@x.test\nTo: d@x.test\n\n".utf8)
        )
        #expect(header.text("subject") == "one two")
        #expect(header.addresses("from").map(\.address) == ["a@x.test"])
        #expect(header.addresses("to").map(\.address) == ["b@x.test", "c@x.test", "d@x.test"])
        #expect(header.text("date") == nil)
    }

    @Test("reads message ids and what they refer to")
    func readsMessageIDs() {
        let header = MailHeader(
            Array("Message-ID: <a@x>\r\nReferences: <1@x> <2@x>\r\n\t<3@x>\r\nIn-Reply-To: odd\r\n".utf8)
        )
        #expect(header.messageIDs("message-id") == ["a@x"])
        #expect(header.messageIDs("references") == ["1@x", "2@x", "3@x"])
        #expect(header.messageIDs("in-reply-to") == ["odd"])
    }

    @Test("takes bytes outside ASCII for UTF-8, and else for the old Western form")
    func readsRawBytes() {
        #expect(MailHeader(Array("Subject: Zoë".utf8)).text("subject") == "Zoë")
        #expect(MailHeader(Array("Subject: Zo".utf8) + [0xEB]).text("subject") == "Zoë")
    }

    @Test(
        "reads dates",
        arguments: [
            ("Tue, 1 Jul 2003 10:52:37 +0200", "2003-07-01T08:52:37.000Z"),
            ("1 Jul 2003 10:52:37 -0330 (NST)", "2003-07-01T14:22:37.000Z"),
            ("Fri, 21 Nov 97 09:55:06 EST", "1997-11-21T14:55:06.000Z"),
            ("Thu,  01 January 2026 00:00 GMT", "2026-01-01T00:00:00.000Z"),
            ("17-Jul-1996 02:44:25 -0700", "1996-07-17T09:44:25.000Z"),
            (" 7-Jul-1996 02:44:25 +0000", "1996-07-07T02:44:25.000Z"),
        ]
    )
    func readsDates(text: String, expected: String) {
        #expect(MailDate.parse(text)?.description == expected)
    }

    @Test(
        "refuses what is no date",
        arguments: [
            "", "yesterday", "32 Jul 2003 10:00:00", "1 Foo 2003 10:00:00", "1 Jul 2003", "1 Jul 2003 25:00:00",
            "a-b-c d",
        ]
    )
    func refusesDates(text: String) {
        #expect(MailDate.parse(text) == nil)
    }

    @Test("writes dates")
    func writesDates() throws {
        let time = try #require(Timestamp("2026-11-24T04:05:06Z"))
        #expect(MailDate.format(time) == "Tue, 24 Nov 2026 04:05:06 +0000")
        #expect(MailDate.format(Timestamp(microseconds: -1)) == "Wed, 31 Dec 1969 23:59:59 +0000")
    }
}

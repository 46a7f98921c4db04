import ArgumentParser
import Events
import Testing

@testable import KithCommand

@Suite("An explanation on the command line")
struct ExplanationTests {
    private func page(_ json: String) throws -> String {
        ExplanationPage(explanation: try JSONDocument(Array(json.utf8)).root).rendered(on: .output)
    }

    @Test("takes two people, and both are needed")
    func arguments() throws {
        let explain = try Explain.parse(["ada@example.com", "user:42", "--json"])
        #expect(explain.one.text == "email:ada@example.com")
        #expect(explain.other.text == "user:42")
        #expect(explain.json)
        #expect(throws: (any Error).self) { try Explain.parse(["user:42"]) }
    }

    @Test("shows the chain, one link on each line")
    func together() throws {
        let text = try page(
            """
            {"together":true,"from":{"identifier":"user:42","state":"whole"},
            "to":{"identifier":"anonymous:d","state":"divided"},"chain":[
            {"from":"user:42","to":"email:a@x.example","kind":"identified","source":"crm","messageId":"m-1",
            "time":"2026-01-02T03:04:05.000Z"},
            {"from":"email:a@x.example","to":"anonymous:d","toLogin":"user:42","kind":"carried","source":"web",
            "messageId":"m-2","time":"2026-01-03T00:00:00.000Z"}]}
            """
        )
        #expect(
            text == """
                user:42 and anonymous:d are one person's.

                What joins them
                                                            evidence    source  event  time
                  user:42            email:a@x.example      identified  crm     m-1    2026-01-02 03:04:05
                  email:a@x.example  anonymous:d (user:42)  carried     web     m-2    2026-01-03 00:00:00
                """
        )
    }

    @Test("does not let a message id play with the terminal")
    func harmless() throws {
        let text = try page(
            """
            {"together":true,"from":{"identifier":"user:\\u001b[31m"},"to":{"identifier":"user:2"},
            "chain":[{"from":"user:1","to":"user:2","kind":"carried","messageId":"m\\u001b[31m"}]}
            """
        )
        #expect(!text.contains("\u{1B}"))
    }

    @Test("one and the same is told without a chain")
    func same() throws {
        let text = try page(
            #"{"together":true,"from":{"identifier":"user:42"},"to":{"identifier":"user:42"},"chain":[]}"#
        )
        #expect(text == "user:42 is user:42.")
    }

    @Test(
        "says in words why a link was not followed",
        arguments: [
            (#"{"reason":"limit","namespace":"user","limit":1}"#, "a profile has at most 1 “user”"),
            (
                #"{"reason":"shared","identifier":"email:info@x.example"}"#,
                "email:info@x.example is shared by too many people"
            ),
            (#"{"reason":"outside_logins","identifier":"anonymous:d"}"#, "nobody was logged in on anonymous:d then"),
            (#"{"reason":"separated","decision":"d-1"}"#, "somebody decided against it (d-1)"),
            (#"{"reason":"claimed","identifier":"email:i@x.example"}"#, "somebody decided whose email:i@x.example is"),
            (#"{"reason":"divided","identifier":"anonymous:d"}"#, "different people used anonymous:d"),
            (#"{"reason":"ambiguous","identifier":"phone:+1"}"#, "those who have phone:+1 cannot be one person"),
            (
                #"{"reason":"ambiguous","identifier":"phone:+1","conflict":"limit","namespace":"user","limit":1}"#,
                "those who have phone:+1 cannot be one person: a profile has at most 1 “user”"
            ),
            (
                #"{"reason":"ambiguous","identifier":"phone:+1","conflict":"separated","decision":"d-1"}"#,
                "those who have phone:+1 cannot be one person: somebody set them apart (d-1)"
            ),
            (
                #"{"reason":"ambiguous","identifier":"email:a@b.c","conflict":"second_address"}"#,
                "those who have email:a@b.c cannot be one person: one of them has another mail address, and no login names this one"
            ),
        ]
    )
    func rejections(rejection: String, words: String) throws {
        let text = try page(
            """
            {"together":false,"because":"limit","from":{"identifier":"user:1"},"to":{"identifier":"user:2"},
            "chain":[{"from":"user:1","to":"user:2","kind":"carried","rejected":\(rejection)}]}
            """
        )
        #expect(text.hasPrefix("user:1 and user:2 are not one person's: \(words).\n\nWhat would join them\n"))
        #expect(text.hasSuffix("not followed: \(words)"))
    }

    @Test("says of several reasons the one that counts, wherever it stands in the chain")
    func severalReasons() throws {
        let text = try page(
            """
            {"together":false,"because":"limit","from":{"identifier":"user:1"},"to":{"identifier":"user:2"},"chain":[
            {"from":"user:1","to":"email:a@b.c","rejected":{"reason":"shared","identifier":"email:a@b.c"}},
            {"from":"email:a@b.c","to":"user:2","rejected":{"reason":"limit","namespace":"user","limit":1}}]}
            """
        )
        #expect(text.hasPrefix("user:1 and user:2 are not one person's: a profile has at most 1 “user”.\n"))
    }

    @Test(
        "says why there is no chain",
        arguments: [
            ("junk", "whole", "junk", "user:2 identifies nobody"),
            ("junk", "junk", "junk", "user:1 as well as user:2 identifies nobody"),
            ("unknown", "unknown", "whole", "user:1 was never seen"),
            ("no_evidence", "whole", "whole", "no evidence leads from the one to the other"),
        ]
    )
    func nothing(because: String, one: String, other: String, words: String) throws {
        let text = try page(
            """
            {"together":false,"because":"\(because)","from":{"identifier":"user:1","state":"\(one)"},
            "to":{"identifier":"user:2","state":"\(other)"},"chain":[]}
            """
        )
        #expect(text == "user:1 and user:2 are not one person's: \(words).")
    }

    @Test("says who set two apart, and why")
    func separated() throws {
        let text = try page(
            """
            {"together":false,"because":"separated","from":{"identifier":"user:1"},"to":{"identifier":"user:2"},
            "separation":{"decision":"d","author":"eve","reason":"I know them","time":""},"chain":[]}
            """
        )
        #expect(text == "user:1 and user:2 are not one person's: eve decided that they are apart: “I know them”.")
    }

    @Test("shows a history as a table, and what is not known as that")
    func history() throws {
        let json = """
            [{"time":"2026-01-02T03:04:05.000Z","kind":"merged","before":["aaa","bbb"],"after":["aaa"],
            "cause":{"source":"web","messageId":"m-1"}},
            {"time":"2026-01-01T00:00:00.000Z","kind":"split","before":["ccc"],"after":["aaa","ccc"]}]
            """
        let entries = Array(try JSONDocument(Array(json.utf8)).root.elements)
        #expect(
            HistoryTable(entries: entries).rendered(on: .output) == """
                time                         before   after    cause
                2026-01-02 03:04:05  merged  aaa bbb  aaa      web: m-1
                2026-01-01 00:00:00  split   ccc      aaa ccc  not known
                """
        )
    }

    @Test("refuses a limit out of range", arguments: ["0", "201"])
    func limits(limit: String) {
        #expect(throws: (any Error).self) { try History.parse(["user:1", "--limit", limit]) }
    }
}

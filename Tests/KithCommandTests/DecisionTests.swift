import ArgumentParser
import Events
import Testing

@testable import KithCommand

@Suite("A decision on the command line")
struct DecisionTests {
    @Test("shows what becomes nobody's, and why")
    func outlook() throws {
        let json = """
            {"before":[{"id":"aaa","identifiers":["shop.customer:1","email:a@b.test"],"identifierCount":2}],
            "after":[{"id":"aaa","identifiers":["shop.customer:1"],"identifierCount":1},
            {"id":"bbb","identifiers":["email:a@b.test"],"identifierCount":1,"nobody":"ambiguous"}]}
            """
        let page = OutlookPage(outlook: try JSONDocument(Array(json.utf8)).root)
        #expect(
            page.rendered(on: .output) == """
                now
                  aaa
                    shop.customer:1
                    email:a@b.test
                then
                  aaa
                    shop.customer:1
                  bbb nobody's: those who have it cannot be one person
                    email:a@b.test
                """
        )
    }

    @Test("that was taken back is listed with others of its kind only")
    func withdrawn() throws {
        #expect(try Decisions.parse(["--withdrawn", "user:1"]).withdrawn)
        #expect(throws: (any Error).self) { try Decisions.parse(["--withdrawn", "--corrections"]) }
    }

    @Test("is told in a history with who made it or took it back, and why")
    func history() throws {
        let json = """
            [{"time":"2026-01-02T03:04:05.000Z","kind":"split","before":["aaa"],"after":["aaa","bbb"],
            "cause":{"decision":"dec_1","withdrawn":true,"author":"mallory","reason":"wrong"}},
            {"time":"2026-01-01T00:00:00.000Z","kind":"merged","before":["aaa","bbb"],"after":["aaa"],
            "cause":{"decision":"dec_1","author":"eve","reason":"They called."}},
            {"time":"2026-01-01T00:00:00.000Z","kind":"merged","before":["ccc","bbb"],"after":["bbb"],
            "cause":{"decision":"dec_2"}}]
            """
        let entries = Array(try JSONDocument(Array(json.utf8)).root.elements)
        let lines = HistoryTable(entries: entries).rendered(on: .output).split(separator: "\n")
        #expect(lines[1].hasSuffix("  decision dec_1 taken back by mallory: “wrong”"))
        #expect(lines[2].hasSuffix("  decision dec_1 by eve: “They called.”"))
        #expect(lines[3].hasSuffix("  decision dec_2"))
    }
}

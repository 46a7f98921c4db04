import ArgumentParser
import Events
import Testing

@testable import KithCommand

@Suite("A rebuild on the command line")
struct RebuildTests {
    @Test("is tried, begun, watched or ended, one at a time")
    func arguments() throws {
        #expect(try Rebuild.parse(["--rules", "new.yaml", "--dry-run"]).rules == "new.yaml")
        #expect(try Rebuild.parse(["--watch"]).watch)
        for arguments in [["--watch", "--abort"], ["--watch", "--dry-run"], ["--abort", "--rules", "a"]] {
            #expect(throws: (any Error).self) { try Rebuild.parse(arguments) }
        }
    }

    @Test("shows what would change, with examples that cannot disturb the terminal")
    func page() throws {
        let json = """
            {"state":"done","dryRun":true,"report":{"before":1234,"after":1230,"unchanged":1200,"merged":3,"split":1,
            "renamed":1,"identifiersChanged":0,"traitsChanged":2,"eventsChanged":1,"created":0,"removed":1,
            "refusedRecords":7,"missingRecords":0,"examples":{
            "merged":[{"before":[{"id":"a","identifiers":["user:1"]},{"id":"b","identifiers":["user:2","email:x"]}],
            "after":[{"id":"a","identifiers":["user:1","user:2","email:x"]}]}],
            "renamed":[{"before":[{"id":"c","identifiers":["user:3"]}],"after":[{"id":"d","identifiers":["user:3"]}]}],
            "traitsChanged":[{"before":[{"id":"e","identifiers":["user:4"]}],
            "after":[{"id":"e","identifiers":["user:4"]}],"traits":["plan\\u001b[31m"]}],
            "eventsChanged":[{
            "before":[{"id":"g","identifiers":["user:5"],"eventCount":1,"lastSeen":"2026-01-01T00:00:05.000Z"}],
            "after":[{"id":"g","identifiers":["user:5"],"eventCount":3,"lastSeen":"2026-01-01T00:00:07.000Z"}]}],
            "removed":[{"before":[{"id":"f","identifiers":["anonymous:kiosk"]}],"after":[]}]}}}
            """
        let status = try JSONDocument(Array(json.utf8)).root
        let text = try #require(RebuildPage(status: status)).rendered(on: .output)
        #expect(text.contains("Nothing was changed. 1,234 profiles would be 1,230."))
        #expect(text.contains("user:1  +  user:2, email:x → user:1, user:2, email:x"))
        #expect(text.contains("user:3: c → d"))
        #expect(text.contains("user:4: plan"))
        #expect(text.contains("user:5: 1, last 2026-01-01 00:00:05 → 3, last 2026-01-01 00:00:07"))
        #expect(text.contains("anonymous:kiosk → nobody"))
        #expect(text.contains("7 records are no events by these rules."))
        #expect(!text.contains("\u{1B}[31m"))
        #expect(RebuildPage(status: try JSONDocument(Array("{\"state\":\"failed\"}".utf8)).root) == nil)
    }

    @Test("the status tells of rules that are not applied")
    func status() throws {
        let json = """
            {"identity":{"file":"/d/identity.yaml","state":"fileDiffers","message":"They differ."},
            "rebuild":{"state":"running","dryRun":false,"phase":"reading","progress":{"done":5,"total":1000}}}
            """
        let text = StatusPage(status: try JSONDocument(Array(json.utf8)).root, services: []).rendered(on: .output)
        #expect(text.contains("/d/identity.yaml: They differ."))
        #expect(text.contains("A rebuild is under way: reading, 5 of 1,000."))
        #expect(!text.contains("Rules"))
    }

    @Test("the status tells of rules that are older than their file, and why")
    func rules() throws {
        let status = try JSONDocument(Array("{}".utf8)).root
        let page = StatusPage(status: status, services: [], rulesProblem: "kith.yaml, line 3: There is no “on”.")
        #expect(page.rendered(on: .output).contains("of the file hold. kith.yaml, line 3: There is no"))
    }
}

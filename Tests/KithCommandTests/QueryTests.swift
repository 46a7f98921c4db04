import ArgumentParser
import Events
import Testing

@testable import KithCommand

@Suite("A question on the command line")
struct QueryTests {
    @Test(
        "knows whom it is about",
        arguments: [
            ("email:ada@example.com", "email:ada@example.com"), ("ada@example.com", "email:ada@example.com"),
            ("+821012345678", "phone:+821012345678"), ("user:a:b", "user:a:b"),
            ("abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuvwxyz"),
        ]
    )
    func person(argument: String, expected: String) {
        #expect(PersonReference(argument: argument)?.text == expected)
    }

    @Test("asks again when that cannot be told", arguments: ["ada", "", "42", "abcdefghijklmnopqrstuvwxy1"])
    func nobody(argument: String) {
        #expect(PersonReference(argument: argument) == nil)
    }

    @Test("goes into a path whole")
    func path() {
        #expect(PersonReference(argument: "user:a/b?c d%")?.path == "/v1/profiles/user:a%2Fb%3Fc%20d%25")
    }

    @Test(
        "turns simple conditions into those of the API",
        arguments: [
            ("plan", #"{"exists":true,"trait":"plan"}"#),
            ("plan=pro", #"{"in":["pro"],"trait":"plan"}"#),
            ("age=42", #"{"in":[42,"42"],"trait":"age"}"#),
            ("age>=18", #"{"atLeast":18,"trait":"age"}"#),
            ("age<65.5", #"{"lessThan":65.5,"trait":"age"}"#),
            ("city~seo", #"{"contains":"seo","trait":"city"}"#),
            ("plan!=free", #"{"not":{"in":["free"],"trait":"plan"}}"#),
            ("url=a=b>c", #"{"in":["a=b>c"],"trait":"url"}"#),
        ]
    )
    func filters(argument: String, condition: String) {
        #expect(SearchFilter(argument: argument)?.traitCondition.text == condition)
    }

    @Test("refuses a condition on nothing", arguments: ["", "=pro", ">=3"])
    func noFilter(argument: String) {
        #expect(SearchFilter(argument: argument) == nil)
    }

    @Test("puts its conditions together")
    func together() throws {
        let search = try Search.parse([
            "ada", "love", "--trait", "plan=pro", "--event", "Order Completed", "--within", "30d",
        ])
        #expect(
            search.condition == [
                "all": [
                    ["trait": "plan", "in": ["pro"]], ["event": "Order Completed", "within": "30d"],
                    ["text": "ada love"],
                ]
            ]
        )
    }

    @Test("shows a profile as a card, with each trait's source")
    func card() throws {
        let json = """
            {"id":"p","firstSeen":"2026-01-01T00:00:00.000Z","lastSeen":"2026-01-02T03:04:05.000Z","eventCount":3,
            "sources":["web","crm"],"identifiers":[{"namespace":"email","value":"ada@example.com",
            "lastSeen":"2026-01-02T03:04:05.000Z","shared":true}],
            "traits":{"name":{"value":"Ada\\u001b[31m","source":"crm","time":"2026-01-01T00:00:00.000Z"}}}
            """
        let profile = try JSONDocument(Array(json.utf8)).root
        let card = ProfileCard(profile: profile, events: []).rendered(on: .output)
        #expect(card.contains("2026-01-02 03:04:05"))
        #expect(card.contains("email  ada@example.com"))
        #expect(card.contains("shared"))
        #expect(card.contains("crm"))
        #expect(!card.contains("\u{1B}[31m"))
    }

    @Test("reads records out of an event stream")
    func stream() {
        let line = #"data: {"partition":"web","offset":3,"time":"2026-01-01T00:00:00Z","key":"k","value":{"a":1}}"#
        #expect(
            Tail.record(in: line)?.json
                == #"{"partition":"web","offset":3,"time":"2026-01-01T00:00:00.000Z","key":"k","value":{"a":1}}"#
        )
        let deep = String(repeating: "[", count: 60) + String(repeating: "]", count: 60)
        let start = #"data: {"partition":"web","offset":3,"time":"2026-01-01T00:00:00Z","value":"#
        #expect(Tail.record(in: "\(start)\(deep)}")?.value == deep)
        #expect(Tail.record(in: ": kith") == nil)
        #expect(Tail.record(in: "event: record") == nil)
    }

    @Test(
        "says what an answer means to a script",
        arguments: [
            (401, CommandStatus.unauthorized), (403, .unauthorized), (404, .notFound), (429, .unreachable),
            (500, .failure),
        ]
    )
    func statuses(status: Int, exit: CommandStatus) {
        let body = Array(#"{"code":"x","message":"What is wrong.","detail":""}"#.utf8)
        let error = API.refusal(status: status, body: body)
        #expect(error.status == exit)
        #expect(error.problem == "What is wrong.")
    }
}

import Curl
import Events
import Testing
import YAML

@testable import ConnectorKit

private func field(_ yaml: String) throws -> YAMLField {
    try #require(try YAMLField(file: yaml))
}

private func json(_ text: String) throws -> JSONValue {
    try JSONValue(parsing: Array(text.utf8))
}

private func answer(_ status: Int = 200, _ headers: [(String, String)] = [], _ body: String = "") -> Answer {
    Answer(
        HTTPResponse(status: status, headers: headers.map { HTTPHeader($0.0, $0.1) }, body: Array(body.utf8))
    )
}

/// It is 2025-11-28T00:00:00Z.
private let now = Timestamp(microseconds: 1_764_288_000_000_000)
private let scope = Scope(settings: ["key": "k"], now: now)

@Suite("A text of a manifest")
struct TextTemplateTests {
    private func text(
        _ template: String,
        _ encoding: TextTemplate.Encoding = .plain,
        each: JSONValue? = nil
    ) throws -> String? {
        try TextTemplate(template, at: field("text: x"), encoding).text(in: scope.with("each", each))
    }

    @Test("puts in what its expressions give", arguments: templates)
    func fills(template: String, expected: String) throws {
        #expect(try text(template) == expected)
    }

    @Test("is none when all of it is one expression that gives null or nothing", arguments: nothings)
    func isNone(template: String) throws {
        #expect(try text(template) == nil)
    }

    @Test("has what is put into a path percent-encoded, and nothing else")
    func encodes() throws {
        #expect(try text(#"/l/\($each)/m?x=1"#, .address, each: "a/b?c d") == "/l/a%2Fb%3Fc%20d/m?x=1")
        #expect(try text(#"/l/\($each)"#, .address, each: 820_982_911_946_154_508) == "/l/820982911946154508")
    }

    @Test("writes numbers as they came")
    func keepsNumbers() throws {
        #expect(try text(#"\($each)"#, each: json("2.10")) == "2.10")
        #expect(try text(#"n\($each)"#, each: json("2.10")) == "n2.10")
    }

    @Test("needs an end for each beginning", arguments: endless)
    func needsEnd(template: String) throws {
        let place = try field("text: x")
        #expect(throws: YAMLError.self) { try TextTemplate(template, at: place) }
    }
}

private let nothings = [#"\(null)"#, #"\($page)"#, #"\(empty)"#]
private let endless = [#"\(.a"#, #"a\("x)""#, #"\((1)"#]

private let templates = [
    ("plain", "plain"), ("", ""), (#"\($settings.key)"#, "k"), (#"a \($settings.key) b \(1 + 1)"#, "a k b 2"),
    (#"\((1 + 2) * 3)"#, "9"), (#"\("a)b")"#, "a)b"), (#"x\("a)b")y"#, "xa)by"), (#"\("a\")" + "b")"#, #"a")b"#),
    (#"\("x\(1)y")"#, "x1y"), (#"say "hi" \($settings.key)"#, #"say "hi" k"#), (#"a\b \(1)"#, #"a\b 1"#),
    (#"\($now)"#, "2025-11-28T00:00:00.000Z"), (#"\([1, "a"])"#, #"[1,"a"]"#),
]

@Suite("The pages of a stream")
struct PagesTests {
    @Test("follow one another until the last", arguments: pages)
    func next(page: PageCase) throws {
        let pages = try Pages(field(page.yaml))
        let next = try pages.next(
            after: page.after,
            answer(200, [("Link", page.link)], page.body),
            records: page.records,
            in: scope
        )
        #expect(next == page.next)
    }

    @Test("begin with a number where they are counted")
    func first() throws {
        #expect(try Pages(field("{number: page, size: 2}")).first == 1)
        #expect(try Pages(field("{number: page, size: 2, first: 0}")).first == 0)
        #expect(try Pages(field("{offset: from, size: 2}")).first == 0)
        #expect(try Pages(field("{cursor: .next}")).first == nil)
    }

    @Test("are linked by a header with any number of links", arguments: links)
    func link(header: String, target: String?) {
        #expect(LinkHeader.target(of: "next", in: [header]) == target)
        #expect(LinkHeader.target(of: "next", in: ["<https://x.test/>; rel=\"first\"", header]) == target)
    }
}

struct PageCase: Sendable {
    var yaml: String
    var body = "{}"
    var link = ""
    var after: JSONValue?
    var records = 2
    var next: JSONValue?
}

private let pages = [
    PageCase(yaml: "{cursor: .next}", body: #"{"next":"b"}"#, after: "a", next: "b"),
    PageCase(yaml: "{cursor: .next}", body: #"{"next":7}"#, next: 7),
    PageCase(yaml: "{cursor: .next}", body: #"{"next":""}"#),
    PageCase(yaml: "{cursor: .next}", body: #"{"next":null}"#),
    PageCase(yaml: "{cursor: .next}", body: #"{"next":false}"#),
    PageCase(yaml: "{cursor: .next, while: .more}", body: #"{"next":"b","more":true}"#, next: "b"),
    PageCase(yaml: "{cursor: .next, while: .more}", body: #"{"next":"b","more":false}"#),
    PageCase(yaml: "{cursor: .next, while: .more}", body: #"{"next":"b"}"#),
    PageCase(yaml: "{next: .url}", body: #"{"url":"/p?2"}"#, next: "/p?2"),
    PageCase(yaml: "{next: .url}", body: #"{"url":""}"#),
    PageCase(yaml: "{next: .url}"),
    PageCase(yaml: "{link: next}", link: "<https://x.test/2>; rel=\"next\"", next: "https://x.test/2"),
    PageCase(yaml: "{link: next}", link: "<https://x.test/2>; rel=\"prev\""),
    PageCase(yaml: "{number: page, size: 2}", next: 2),
    PageCase(yaml: "{number: page, size: 2}", after: 4, next: 5),
    PageCase(yaml: "{number: page, size: 2}", after: 4, records: 1),
    PageCase(yaml: "{number: page, size: 2, first: 0}", next: 1),
    PageCase(yaml: "{number: page, total: .pages}", body: #"{"pages":3}"#, after: 2, next: 3),
    PageCase(yaml: "{number: page, total: .pages}", body: #"{"pages":3}"#, after: 3),
    PageCase(yaml: "{number: page, total: .pages, first: 0}", body: #"{"pages":3}"#, after: 1, next: 2),
    PageCase(yaml: "{number: page, total: .pages, first: 0}", body: #"{"pages":3}"#, after: 2),
    PageCase(yaml: "{number: page, total: .pages}"),
    PageCase(yaml: "{offset: from, size: 2}", after: 0, next: 2),
    PageCase(yaml: "{offset: from, size: 2}", after: 4, next: 6),
    PageCase(yaml: "{offset: from, size: 2}", after: 4, records: 1),
]

private let links: [(String, String?)] = [
    (#"<https://x.test/1>; rel="prev", <https://x.test/3>; rel="next""#, "https://x.test/3"),
    (#"<https://x.test/3>; rel="next", <https://x.test/1>; rel="prev""#, "https://x.test/3"),
    (#"<https://x.test/1>;rel="prev",<https://x.test/3>;rel="next""#, "https://x.test/3"),
    (#"<https://x.test/?ids=1,2&x=3>; rel="next""#, "https://x.test/?ids=1,2&x=3"),
    (#"<https://x.test/?ids=1,2>; rel="prev", <https://x.test/?ids=3,4>; rel="next""#, "https://x.test/?ids=3,4"),
    ("<https://x.test/3>; rel=next", "https://x.test/3"),
    (#"<https://x.test/3>; title="more"; rel="last next""#, "https://x.test/3"),
    (#"<https://x.test/1>; rel="prev""#, nil),
    ("nonsense", nil), ("<https://x.test/3", nil), ("", nil),
]

@Suite("Where a stream stands")
struct StreamStateTests {
    private func since(_ rest: String) throws -> SinceDeclaration {
        try SinceDeclaration(field("{field: .updated, \(rest)}"))
    }

    @Test("is what was reached once the run has ended, and not before")
    func after() {
        let start = StreamState(["since": 1])
        let middle = start.going(on: "p2", reached: 5)
        #expect(middle.json == ["since": 1, "page": "p2", "reached": 5])
        #expect(middle.ended(reached: 7).json == ["since": 7])
        #expect(start.ended(reached: nil).json == ["since": 1])
        #expect(StreamState(middle.json) == middle)
        #expect(StreamState(nil) == StreamState())
    }

    @Test("is not later than the run began, whatever order the records came in")
    func began() throws {
        let began = JSONValue.string("2025-11-28T00:00:00Z")
        let seconds = try since("format: seconds")
        #expect(seconds.next(reached: 1_764_288_001, began: began) == 1_764_288_000)
        #expect(seconds.next(reached: 1_764_287_999, began: began) == 1_764_287_999)
        #expect(seconds.next(reached: nil, began: began) == nil)
        #expect(try since("format: value").next(reached: "zzz", began: began) == "zzz")
    }

    @Test("is a start in the format of the field at first, which nothing is taken from", arguments: starts)
    func start(format: String, start: String?, expected: JSONValue?) throws {
        let since = try since(format)
        #expect(since.start(of: StreamState(), start: start) == expected)
    }

    @Test("is looked back from afterwards", arguments: lookbacks)
    func lookback(format: String, since: String, expected: String) throws {
        let declaration = try self.since(format)
        let state = StreamState(["since": try json(since)])
        #expect(declaration.start(of: state, start: "2020-01-01T00:00:00Z")?.text == expected)
    }

    @Test("is the greatest value of all", arguments: greatest)
    func takesGreatest(format: String, one: JSONValue, other: JSONValue, expected: JSONValue) throws {
        let since = try since(format)
        #expect(since.greatest(one, other) == expected)
        #expect(since.greatest(nil, other) == other)
        #expect(since.greatest(one, nil) == one)
        #expect(since.greatest(nil, nil) == nil)
    }

    @Test("does not take what is none of the format")
    func valid() throws {
        #expect(try !since("format: time").isValid("soon"))
        #expect(try !since("format: seconds").isValid(true))
        #expect(try since("format: seconds").isValid("1764288000"))
        #expect(try since("format: value").isValid("soon"))
    }

    @Test("is told apart by what a round is for")
    func rounds() {
        var rounds = StreamRounds(nil)
        rounds["a"] = StreamState(["since": 1])
        rounds[7] = StreamState(["since": 2])
        #expect(rounds.json == ["each": ["a": ["since": 1], "7": ["since": 2]]])
        #expect(StreamRounds(rounds.json)["a"].since == 1)
        #expect(StreamRounds(rounds.json)["b"] == StreamState())
        #expect(rounds.only(["a", "b"]).json == ["each": ["a": ["since": 1]]])
        #expect(rounds.only([]).json == [:])
    }

    @Test("is one state for a stream without rounds")
    func noRounds() {
        var rounds = StreamRounds(["since": 1])
        #expect(rounds[nil].since == 1)
        rounds[nil] = StreamState(["since": 2])
        #expect(rounds.json == ["since": 2])
    }
}

private let starts: [(String, String?, JSONValue?)] = [
    ("lookback: 1h", "2025-11-28T00:00:00Z", "2025-11-28T00:00:00.000Z"),
    ("format: seconds, lookback: 1h", "2025-11-28T00:00:00Z", 1_764_288_000),
    ("format: milliseconds, lookback: 1h", "2025-11-28T00:00:00Z", 1_764_288_000_000),
    ("format: value", "2025-11-28T00:00:00Z", "2025-11-28T00:00:00Z"),
    ("format: value", "abc", "abc"),
    ("format: seconds", "", nil),
    ("format: seconds", nil, nil),
]

private let lookbacks = [
    ("lookback: 1h", #""2025-11-28T00:00:00Z""#, #""2025-11-27T23:00:00.000Z""#),
    ("lookback: 1h", #""2025-11-28T01:00:00+01:00""#, #""2025-11-27T23:00:00.000Z""#),
    ("format: seconds, lookback: 1h", "1764288000", "1764284400"),
    ("format: seconds, lookback: 1h", #""1764288000""#, "1764284400"),
    ("format: milliseconds, lookback: 1h", "1764288000123", "1764284400123"),
    ("format: time", #""2025-11-28T01:00:00+01:00""#, #""2025-11-28T01:00:00+01:00""#),
    ("format: seconds", "1764288000.50", "1764288000.50"),
    ("format: value", #""abc""#, #""abc""#),
]

private let greatest: [(String, JSONValue, JSONValue, JSONValue)] = [
    ("format: seconds", 9, 10, 10),
    ("format: seconds", 10, 9, 10),
    ("format: seconds", "10", 9, "10"),
    ("format: milliseconds", 1_764_288_000_001, 1_764_288_000_000, 1_764_288_000_001),
    ("format: time", "2025-11-28T01:00:00+02:00", "2025-11-28T00:00:00Z", "2025-11-28T00:00:00Z"),
    ("format: time", "2025-11-28T00:00:00.5Z", "2025-11-28T00:00:00Z", "2025-11-28T00:00:00.5Z"),
    ("format: value", "b", "a", "a"),
]

@Suite("The pace of requests")
struct PaceTests {
    private func later(_ milliseconds: Int64) -> Timestamp { now + .milliseconds(milliseconds) }

    /// Takes the next place, and says how long that takes.
    private func take(_ pace: inout Pace, at time: Timestamp) -> Duration {
        let wait = pace.wait(at: time)
        pace.take(at: time + wait)
        return wait
    }

    @Test("is as fast as the budget allows, and no faster")
    func budget() {
        var pace = Pace(HTTPDeclaration.Budget(requests: 2, per: .seconds(1)))
        let times = [now, now, now, now, now, later(1500), later(9000)]
        let pauses = times.map { take(&pace, at: $0) }
        #expect(pauses == [0, 0, 1000, 1000, 2000, 500, 0].map { Duration.milliseconds($0) })
    }

    @Test("has no bounds without a budget")
    func unbounded() {
        var pace = Pace(nil)
        let pauses = (0..<9).map { _ in take(&pace, at: now) }
        #expect(pauses.allSatisfy { $0 == .zero })
    }

    @Test("stands still while the vendor wants it to")
    func block() {
        var pace = Pace(nil)
        pace.block(for: .seconds(5), from: now)
        pace.block(for: .seconds(2), from: now)
        let pauses = [later(1000), later(5000)].map { take(&pace, at: $0) }
        #expect(pauses == [.seconds(4), .zero])
    }

    @Test("waits no longer when the clock is set back")
    func setBack() {
        var pace = Pace(HTTPDeclaration.Budget(requests: 1, per: .seconds(10)))
        let pauses = [later(32_400_000), now].map { take(&pace, at: $0) }
        #expect(pauses == [.zero, .seconds(10)])
        pace.block(for: .seconds(30), from: later(32_400_000))
        let pause = pace.wait(at: now)
        #expect(pause == .seconds(30))
    }
}

@Suite("What an answer means")
struct VerdictTests {
    private func http(_ more: String = "") throws -> HTTPDeclaration {
        try HTTPDeclaration(field("url: https://x.test\n\(more)")).withLogin(in: scope)
    }

    private func failure(_ answer: Answer, _ more: String = "") throws -> ConnectorFailure? {
        guard case .failure(let failure) = try http(more).verdict(on: answer, in: scope, now: now) else { return nil }
        return failure
    }

    @Test("follows from its status", arguments: statuses)
    func usual(status: Int, kind: ConnectorFailure.Kind?) throws {
        let failure = try failure(answer(status, [], "No.\nMore."))
        #expect(failure?.kind == kind)
        #expect(failure.map { $0.problem == "The server answered \(status): No." } ?? true)
    }

    @Test("is that the token is no good any more, where there is one")
    func refresh() throws {
        let http = try http("auth: {oauth2: {url: 'https://x.test/token', grant: client_credentials}}")
        #expect(http.verdict(on: answer(401), in: scope, now: now) == .refresh)
    }

    @Test("is what the first rule says that fits", arguments: rules)
    func rule(rules: String, status: Int, body: String, expected: Verdict) throws {
        let http = try http("errors: [\(rules)]")
        #expect(http.verdict(on: answer(status, [], body), in: scope, now: now) == expected)
    }

    @Test("has the time to come back with it, up to a day", arguments: retries)
    func retryAfter(header: String, seconds: Int?) throws {
        let failure = try failure(answer(429, [("retry-after", header)]))
        #expect(failure?.retryAfter == seconds.map { Duration.seconds($0) })
        #expect(try self.failure(answer(503, [("Retry-After", header)]))?.retryAfter == failure?.retryAfter)
    }

    @Test("is that nothing may be asked until a reset, when nothing is left", arguments: limits)
    func limit(unit: String, remaining: String, reset: String, seconds: Int?) throws {
        let http = try http("limits: {remaining: X-Left, reset: X-Reset\(unit)}")
        let reply = answer(200, [("x-left", remaining), ("x-reset", reset)])
        #expect(http.pause(after: reply, now: now) == seconds.map { Duration.seconds($0) })
    }
}

private let statuses: [(Int, ConnectorFailure.Kind?)] = [
    (200, nil), (201, nil), (204, nil), (299, nil), (304, .system), (400, .system),
    (401, .configuration), (403, .permission), (404, .system), (408, .transient), (409, .system), (410, .system),
    (422, .system), (425, .transient), (429, .rateLimit), (500, .transient), (502, .transient), (503, .transient),
]

private let expired = #"{status: 400, when: .error.code == "expired", as: permission, message: .error.message}"#

private let rules: [(String, Int, String, Verdict)] = [
    (
        expired, 400, #"{"error":{"code":"expired","message":"Late."}}"#,
        .failure(ConnectorFailure(.permission, "The server answered 400: Late."))
    ),
    (expired, 400, #"{"error":{}}"#, .failure(system(400, #"{"error":{}}"#))),
    (expired, 404, "", .failure(system(404))),
    (
        "{when: .ok == false, as: transient}", 200, #"{"ok":false}"#,
        .failure(ConnectorFailure(.transient, #"The server answered 200: {"ok":false}"#))
    ),
    ("{when: .ok == false, as: transient}", 200, #"{"ok":true}"#, .success),
    ("{status: 404, as: ignore}", 404, "", .nothing),
    ("{status: 404, as: ignore}, {status: 404, as: system}", 404, "", .nothing),
    ("{status: 403, as: refresh}", 403, "", .refresh),
    (
        "{status: 404, as: configuration}", 404, "",
        .failure(ConnectorFailure(.configuration, "The server answered 404."))
    ),
    (
        "{status: 403, as: rateLimit, retryAfter: .wait}", 403, #"{"wait":7}"#,
        .failure(ConnectorFailure(.rateLimit, #"The server answered 403: {"wait":7}"#, retryAfter: .seconds(7)))
    ),
]

private func system(_ status: Int, _ text: String? = nil) -> ConnectorFailure {
    var failure = ConnectorFailure(.system, "The server answered \(status)\(text.map { ": \($0)" } ?? ".")")
    failure.isRefusal = true
    return failure
}

private let retries: [(String, Int?)] = [
    ("7", 7), ("0", 0), ("-1", 0), ("1000000", 86_400), ("Fri, 28 Nov 2025 00:01:30 GMT", 90),
    ("Thu, 27 Nov 2025 00:00:00 GMT", 0), ("Fri, 28 Nov 2036 00:00:00 GMT", 86_400), ("soon", nil),
]

private let limits: [(String, String, String, Int?)] = [
    ("", "0", "30", 30), (", unit: seconds", "0", "30", 30), (", unit: epoch", "0", "1764288045", 45),
    (", unit: epoch", "0", "1764287000", 0), ("", "1", "30", nil), ("", "0", "", nil), ("", "", "30", nil),
]

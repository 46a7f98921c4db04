import Audience
import Events
import Testing

/// A person whom most conditions of these tests are about.
let ada = ProfileSnapshot(
    traits: [
        "plan": "pro", "age": 36, "score": 1.50, "vip": true, "gone": .null, "big": 9_007_199_254_740_993,
        "address": ["city": "Seoul", "geo": ["lat": 37.5], "none": .null], "dotted.key": "flat",
        "dotted": ["key": "nested"],
        "tags": ["a", 1, true, .null], "born": "1990-12-10", "seen": "2026-01-15T18:00:00+09:00",
        "name": "Ada Lovelace",
        "number": "36",
    ],
    identifiers: [
        Identifier("email", "ada@example.com"), Identifier("email", "ada@work.example"), Identifier("user", "42"),
    ],
    events: [
        "Order Completed": EventTally(count: 3, first: day(10), last: day(90)),
        "Never": EventTally(count: 0, first: day(0), last: day(1000)),
    ],
    text: ["Ada Lovelace", "Augusta King-Noel", "김하늘"],
    now: day(100)
)

func day(_ number: Int64) -> Timestamp { Timestamp(microseconds: number * 86_400_000_000) }

/// A condition as text, and whether Ada meets it.
struct Case: Sendable, CustomTestStringConvertible {
    let text: String
    let isMet: Bool
    var testDescription: String { text }

    init(_ text: String, _ isMet: Bool) {
        self.text = text
        self.isMet = isMet
    }

    func check(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let condition = try Condition(json: JSONDocument(Array(text.utf8)).root)
        #expect(condition.matches(ada) == isMet, sourceLocation: sourceLocation)
        #expect(Condition.not(condition).matches(ada) == !isMet, sourceLocation: sourceLocation)
    }
}

@Suite("Whether a profile meets a condition")
struct ConditionMatchingTests {
    @Test(
        "on the value of a trait",
        arguments: [
            Case(#"{"trait":"plan","equals":"pro"}"#, true),
            Case(#"{"trait":"plan","equals":"Pro"}"#, false),
            Case(#"{"trait":"plan","notEquals":"free"}"#, true),
            Case(#"{"trait":"plan","notEquals":"pro"}"#, false),
            Case(#"{"trait":"plan","in":["free","pro"]}"#, true),
            Case(#"{"trait":"plan","in":[]}"#, false),
            Case(#"{"trait":"age","equals":36.0}"#, true),
            Case(#"{"trait":"age","in":[1,3.6e1]}"#, true),
            Case(#"{"trait":"score","equals":1.5}"#, true),
            Case(#"{"trait":"big","equals":9007199254740992}"#, false),
            Case(#"{"trait":"vip","equals":true}"#, true),
            Case(#"{"trait":"tags","equals":["a",1.0,true,null]}"#, true),
            Case(#"{"trait":"address","equals":{"city":"Seoul"}}"#, false),
            Case(#"{"trait":"address","equals":{"none":null,"geo":{"lat":37.50},"city":"Seoul"}}"#, true),
            Case(#"{"trait":"plan","startsWith":"p","endsWith":"o"}"#, true),
            Case(#"{"trait":"plan","startsWith":"p","endsWith":"x"}"#, false),
        ]
    )
    func traits(test: Case) throws { try test.check() }

    @Test(
        "on a part of a trait",
        arguments: [
            Case(#"{"trait":"name","contains":"a Love"}"#, true),
            Case(#"{"trait":"name","contains":"love"}"#, false),
            Case(#"{"trait":"name","contains":""}"#, true),
            Case(#"{"trait":"tags","contains":"a"}"#, true),
            Case(#"{"trait":"tags","contains":1.0}"#, true),
            Case(#"{"trait":"tags","contains":true}"#, true),
            Case(#"{"trait":"tags","contains":"b"}"#, false),
            Case(#"{"trait":"age","contains":3}"#, false),
            Case(#"{"trait":"name","contains":3}"#, false),
            Case(#"{"trait":"name","startsWith":"Ada "}"#, true),
            Case(#"{"trait":"name","endsWith":"lace"}"#, true),
            Case(#"{"trait":"age","startsWith":"3"}"#, false),
        ]
    )
    func parts(test: Case) throws { try test.check() }

    @Test(
        "on the order of numbers and times",
        arguments: [
            Case(#"{"trait":"age","greaterThan":35}"#, true), Case(#"{"trait":"age","greaterThan":36}"#, false),
            Case(#"{"trait":"age","atLeast":36}"#, true), Case(#"{"trait":"age","atLeast":36.01}"#, false),
            Case(#"{"trait":"age","lessThan":36.5}"#, true), Case(#"{"trait":"age","lessThan":36}"#, false),
            Case(#"{"trait":"age","atMost":36}"#, true), Case(#"{"trait":"age","atMost":-36}"#, false),
            Case(#"{"trait":"age","atLeast":18,"lessThan":30}"#, false),
            Case(#"{"trait":"big","greaterThan":9007199254740992}"#, true),
            Case(#"{"trait":"age","lessThan":1e999}"#, true),
            Case(#"{"trait":"born","before":"2000-01-01"}"#, true),
            Case(#"{"trait":"born","after":"2000-01-01"}"#, false),
            Case(#"{"trait":"seen","atLeast":"2026-01-15T09:00:00Z"}"#, true),
            Case(#"{"trait":"seen","after":"2026-01-15T09:00:00Z"}"#, false),
            Case(#"{"trait":"seen","atMost":"2026-01-15T09:00:00Z"}"#, true),
        ]
    )
    func order(test: Case) throws { try test.check() }

    @Test(
        "never by comparing what is of another kind",
        arguments: [
            Case(#"{"trait":"number","equals":36}"#, false), Case(#"{"trait":"number","notEquals":36}"#, true),
            Case(#"{"trait":"number","atLeast":1}"#, false), Case(#"{"trait":"number","lessThan":1000}"#, false),
            Case(#"{"trait":"age","before":"2026-01-01"}"#, false),
            Case(#"{"trait":"age","after":"1960-01-01"}"#, false),
            Case(#"{"trait":"name","after":"1960-01-01"}"#, false), Case(#"{"trait":"vip","equals":1}"#, false),
            Case(#"{"trait":"vip","equals":"true"}"#, false), Case(#"{"trait":"address","contains":"city"}"#, false),
        ]
    )
    func mismatches(test: Case) throws { try test.check() }

    @Test(
        "on a trait that is missing by notEquals and exists alone",
        arguments: [
            Case(#"{"trait":"nope","exists":false}"#, true), Case(#"{"trait":"nope","exists":true}"#, false),
            Case(#"{"trait":"gone","exists":false}"#, true), Case(#"{"trait":"plan","exists":true}"#, true),
            Case(#"{"trait":"nope","notEquals":"x"}"#, true), Case(#"{"trait":"nope","equals":"x"}"#, false),
            Case(#"{"trait":"nope","in":["x"]}"#, false), Case(#"{"trait":"nope","contains":""}"#, false),
            Case(#"{"trait":"nope","startsWith":""}"#, false), Case(#"{"trait":"nope","lessThan":1}"#, false),
            Case(#"{"trait":"nope","before":"2026-01-01"}"#, false),
            Case(#"{"not":{"trait":"nope","atLeast":18}}"#, true),
        ]
    )
    func missing(test: Case) throws { try test.check() }

    @Test(
        "on a path into an object",
        arguments: [
            Case(#"{"trait":"address.city","equals":"Seoul"}"#, true),
            Case(#"{"trait":"address.geo.lat","atLeast":37}"#, true),
            Case(#"{"trait":"address.none","exists":false}"#, true),
            Case(#"{"trait":"address.city.x","exists":false}"#, true),
            Case(#"{"trait":"address.","exists":false}"#, true), Case(#"{"trait":".","exists":false}"#, true),
            Case(#"{"trait":"dotted.key","equals":"flat"}"#, true),
            Case(#"{"trait":"plan.x","notEquals":"pro"}"#, true),
        ]
    )
    func paths(test: Case) throws { try test.check() }

    @Test(
        "on identifiers",
        arguments: [
            Case(#"{"identifier":"email","exists":true}"#, true),
            Case(#"{"identifier":"email","exists":false}"#, false),
            Case(#"{"identifier":"phone","exists":true}"#, false),
            Case(#"{"identifier":"phone","exists":false}"#, true),
            Case(#"{"identifier":"email","equals":"ada@work.example"}"#, true),
            Case(#"{"identifier":"user","equals":"ada"}"#, false),
            Case(#"{"identifier":"email","endsWith":"@example.com"}"#, true),
            Case(#"{"identifier":"user","startsWith":"4"}"#, true),
            Case(#"{"identifier":"email","startsWith":"ada","endsWith":".example"}"#, true),
            Case(#"{"identifier":"email","startsWith":"bob"}"#, false),
            Case(#"{"identifier":"phone","exists":false,"startsWith":"0"}"#, false),
        ]
    )
    func identifiers(test: Case) throws { try test.check() }

    @Test("by one identifier for all tests")
    func oneIdentifier() throws {
        try Case(#"{"identifier":"email","startsWith":"ada@work","endsWith":"example.com"}"#, false).check()
    }

    @Test(
        "on events",
        arguments: [
            Case(#"{"event":"Order Completed"}"#, true), Case(#"{"event":"order completed"}"#, false),
            Case(#"{"event":"Never"}"#, false), Case(#"{"event":"Never","count":{"equals":0}}"#, true),
            Case(#"{"event":"Unknown","count":{"atMost":0}}"#, true),
            Case(#"{"event":"Never","since":"1970-01-01"}"#, false),
            Case(#"{"event":"Order Completed","count":{"atLeast":3}}"#, true),
            Case(#"{"event":"Order Completed","count":{"atLeast":4}}"#, false),
            Case(#"{"event":"Order Completed","count":{"atLeast":1,"atMost":2}}"#, false),
            Case(#"{"event":"Order Completed","count":{"equals":3}}"#, true),
            Case(#"{"event":"Order Completed","since":"1970-04-01"}"#, true),  // day 90
            Case(#"{"event":"Order Completed","since":"1970-04-02"}"#, false),
            Case(#"{"event":"Order Completed","until":"1970-01-12"}"#, true),  // day 11
            Case(#"{"event":"Order Completed","until":"1970-01-11"}"#, false),
            Case(#"{"event":"Order Completed","within":"10d"}"#, true),
            Case(#"{"event":"Order Completed","within":"239h"}"#, false),
            Case(#"{"event":"Order Completed","within":"2w"}"#, true),
            Case(#"{"event":"Order Completed","within":"52000w"}"#, true),
        ]
    )
    func events(test: Case) throws { try test.check() }

    @Test(
        "on words of names",
        arguments: [
            Case(#"{"text":"ada"}"#, true), Case(#"{"text":"LOVE ad"}"#, true), Case(#"{"text":"king noel"}"#, true),
            Case(#"{"text":"lace"}"#, false), Case(#"{"text":"ada bob"}"#, false), Case(#"{"text":"김하"}"#, true),
        ]
    )
    func text(test: Case) throws { try test.check() }

    @Test(
        "of conditions together",
        arguments: [
            Case(#"{"all":[]}"#, true), Case(#"{"any":[]}"#, false),
            Case(
                #"{"all":[{"trait":"plan","equals":"pro"},{"event":"Order Completed","within":"30d"},{"identifier":"email","exists":true}]}"#,
                true
            ),
            Case(#"{"all":[{"text":"ada"},{"text":"bob"}]}"#, false),
            Case(#"{"any":[{"text":"bob"},{"text":"ada"}]}"#, true),
            Case(#"{"not":{"any":[{"text":"bob"},{"not":{"text":"ada"}}]}}"#, true),
        ]
    )
    func combinations(test: Case) throws { try test.check() }
}

@Suite("A tally")
struct EventTallyTests {
    @Test("of two profiles has both counts and the outer times, in either order")
    func merges() {
        let one = EventTally(count: 2, first: day(5), last: day(9))
        let two = EventTally(count: .max, first: day(1), last: day(7))
        #expect(one.merged(with: two) == EventTally(count: .max, first: day(1), last: day(9)))
        #expect(two.merged(with: one) == one.merged(with: two))
        #expect(one.merged(with: EventTally(count: 0, first: day(0), last: day(99))) == one)
        #expect(EventTally(count: 0, first: day(0), last: day(99)).merged(with: one) == one)
    }
}

import Audience
import Events
import Testing

@Suite("Reading a condition")
struct ConditionReadingTests {
    private func read(_ text: String) throws -> Condition {
        try Condition(json: JSONDocument(Array(text.utf8)).root)
    }

    @Test("gives the value that the text stands for")
    func reads() throws {
        let condition = try read(
            #"{"all":[{"trait":"plan","equals":"pro"},{"event":"Order","count":{"atLeast":2}},{"not":{"identifier":"email","exists":true}}]}"#
        )
        let expected = Condition.all([
            .trait(TraitCondition("plan", [.equals("pro")])),
            .event(EventCondition("Order", .count(atLeast: 2, atMost: nil))),
            .not(.identifier(IdentifierCondition("email", [.exists(true)]))),
        ])
        #expect(condition == expected)
        #expect(try read(#"{"event":"X","within":"12h"}"#) == .event(EventCondition("X", .within(.seconds(43_200)))))
        #expect(try read(#"{"event":"X"}"#) == .event(EventCondition("X")))
        #expect(try read(#"{"trait":"t","atMost":"2026-01-01","lessThan":2.50}"#).hashValue != 0)
    }

    @Test(
        "explains in one sentence what it refuses",
        arguments: [
            ("[]", "The condition is not an object."),
            ("{}", "The condition has none of the fields “all”, “any”, “not”, “trait”, “identifier”, “event”, “text”."),
            (
                #"{"foo":1}"#,
                "The condition has none of the fields “all”, “any”, “not”, “trait”, “identifier”, “event”, “text”."
            ),
            (
                #"{"trait":"a","event":"b"}"#,
                "The condition has several subjects, “trait”, “event”, but may have only one."
            ),
            (#"{"all":{}}"#, "The condition has something else than a list of conditions in the field “all”."),
            (#"{"all":[1]}"#, "The condition at “all[0]” is not an object."),
            (#"{"all":[],"x":1}"#, "The condition has the unknown field “x”; known here are “all”."),
            (#"{"not":null}"#, "The condition has something else than a value in the field “not”."),
            (
                #"{"any":[{"not":{"identifier":"email","like":"x"}}]}"#,
                "The condition at “any[0].not” has the unknown field “like”; known here are “identifier”, “exists”, “equals”, “startsWith”, “endsWith”."
            ),
            (
                #"{"identifier":"email"}"#,
                "The condition has none of the tests “exists”, “equals”, “startsWith”, “endsWith”."
            ),
            (
                #"{"identifier":"","exists":true}"#,
                "The condition has something else than a name in the field “identifier”."
            ),
            (
                #"{"identifier":"email","equals":5}"#,
                "The condition has something else than text of at most 1000 bytes in the field “equals”."
            ),
            (
                #"{"trait":"a","exists":"yes"}"#,
                "The condition has something else than true or false in the field “exists”."
            ),
            (
                #"{"trait":"a","equals":null}"#,
                "The condition has something else than a value other than null of at most 1000 bytes in the field “equals”."
            ),
            (#"{"trait":"a","in":"x"}"#, "The condition has something else than a list of values in the field “in”."),
            (
                #"{"trait":"a","in":[null]}"#,
                "The condition has something else than at most 1000 values other than null in the field “in”."
            ),
            (
                #"{"trait":"a","contains":[]}"#,
                "The condition has something else than text, a number or a boolean in the field “contains”."
            ),
            (
                #"{"trait":"a","atLeast":"x"}"#,
                "The condition has something else than a number or a time in the field “atLeast”."
            ),
            (
                #"{"trait":"a","before":5}"#,
                "The condition has something else than a time such as “2026-01-31T09:30:00Z” or a date in the field “before”."
            ),
            (#"{"event":"a","count":3}"#, "The condition has something else than an object in the field “count”."),
            (
                #"{"event":"a","count":{}}"#,
                "The condition at “count” has none of the tests “atLeast”, “atMost”, “equals”."
            ),
            (
                #"{"event":"a","count":{"min":1}}"#,
                "The condition at “count” has the unknown field “min”; known here are “atLeast”, “atMost”, “equals”."
            ),
            (
                #"{"event":"a","count":{"atLeast":-1}}"#,
                "The condition at “count” has something else than a whole number from 0 in the field “atLeast”."
            ),
            (
                #"{"event":"a","count":{"atLeast":1.5}}"#,
                "The condition at “count” has something else than a whole number from 0 in the field “atLeast”."
            ),
            (
                #"{"event":"a","count":{"equals":1,"atMost":2}}"#,
                "The condition at “count” combines “equals” with a bound."
            ),
            (
                #"{"event":"a","count":{"atLeast":2},"within":"30d"}"#,
                "The condition combines “count” with “within”, which cannot be answered exactly; use one of them."
            ),
            (
                #"{"event":"a","since":"2026-01-01","until":"2026-02-01"}"#,
                "The condition combines “since” with “until”, which cannot be answered exactly; use one of them."
            ),
            (#"{"text":"-"}"#, "The condition has something else than words to look for in the field “text”."),
        ]
    )
    func refuses(text: String, sentence: String) {
        let error = #expect(throws: ConditionError.self) { try read(text) }
        #expect(error?.description == sentence)
    }

    @Test("names every test of a trait when it meets an unknown one")
    func unknownTest() {
        let error = #expect(throws: ConditionError.self) { try read(#"{"trait":"a","matches":"x"}"#) }
        let known = [
            "trait", "exists", "equals", "notEquals", "in", "contains", "startsWith", "endsWith", "greaterThan",
            "atLeast",
            "lessThan", "atMost", "before", "after",
        ]
        #expect(error?.reason == .unknownField("matches", known: known))
    }

    @Test(
        "refuses a period that is none",
        arguments: ["", "d", "30", "0d", "-1d", "+1d", "1.5d", "30 d", "30y", "٣d", "9223372036854775807w", "366001d"]
    )
    func periods(text: String) {
        #expect(throws: ConditionError.self) { try read(#"{"event":"a","within":"\#(text)"}"#) }
    }

    @Test("stops at a depth and a number of conditions")
    func limits() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: #"{"not":"#, count: depth - 1) + #"{"all":[]}"# + String(repeating: "}", count: depth - 1)
        }
        _ = try read(nested(16))
        let deep = #expect(throws: ConditionError.self) { try read(nested(17)) }
        #expect(deep?.reason == .tooDeep(limit: 16))
        func wide(_ count: Int) -> String {
            #"{"any":["# + Array(repeating: #"{"text":"a"}"#, count: count - 1).joined(separator: ",") + "]}"
        }
        _ = try read(wide(200))
        let broad = #expect(throws: ConditionError.self) { try read(wide(201)) }
        #expect(broad?.reason == .tooMany(limit: 200))
    }

    @Test("limits the operands")
    func operands() throws {
        let long = String(repeating: "x", count: 1001)
        for text in [
            #"{"text":"\#(long)"}"#, #"{"trait":"a","equals":"\#(long)"}"#, #"{"trait":"a","startsWith":"\#(long)"}"#,
        ] {
            #expect(throws: ConditionError.self) { try read(text) }
        }
        let choices = Array(repeating: "1", count: 1001).joined(separator: ",")
        #expect(throws: ConditionError.self) { try read(#"{"trait":"a","in":[\#(choices)]}"#) }
    }
}

import Testing

@testable import ProfileService

@Suite("Portraits")
struct PortraitTests {
    private static let portrait = Portrait(traits: #"{"a":1,"b":"x","say \"hi\"":true}"#, name: "x")

    @Test(
        "know whether they say what was told already",
        arguments: [
            ([], true),
            ([("a", "1")], true),
            ([("a", "2")], false),
            ([("a", "1.0")], false),
            ([("a", "null")], false),
            ([("b", #""x""#), ("a", "1")], true),
            ([("b", #""x""#), ("a", "2")], false),
            ([(#"say "hi""#, "true")], true),
            ([(#"say "hi""#, "null")], false),
            ([("c", "null")], true),
            ([("c", "1")], false),
        ] as [([(trait: String, value: String)], Bool)]
    )
    func says(_ told: [(trait: String, value: String)], _ isKnown: Bool) {
        #expect(Self.portrait.says(told) == isKnown)
    }

    @Test("say nothing for certain where names differ in their Unicode form only, and are read whatever their size")
    func unusual() {
        let twins = Portrait(traits: "{\"caf\u{e9}\":1,\"cafe\u{301}\":1,\"plan\":\"x\"}", name: "")
        #expect(!twins.says([("plan", "\"x\"")]))
        let zeros = Array(repeating: "0", count: 120_000).joined(separator: ",")
        #expect(Portrait(traits: "{\"a\":[\(zeros)],\"plan\":\"x\"}", name: "").says([("plan", "\"x\"")]))
    }
}

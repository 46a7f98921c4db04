import Events
import Identity
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
        #expect(Self.portrait.unsettled(Self.values(told), by: [:])?.isEmpty == isKnown)
    }

    @Test("say nothing for certain where names differ in their Unicode form only, and are read whatever their size")
    func unusual() {
        let twins = Portrait(traits: "{\"caf\u{e9}\":1,\"cafe\u{301}\":1,\"plan\":\"x\"}", name: "")
        let plan = Self.values([("plan", "\"x\"")])
        #expect(twins.unsettled(plan, by: [:]) == nil)
        let zeros = Array(repeating: "0", count: 120_000).joined(separator: ",")
        #expect(Portrait(traits: "{\"a\":[\(zeros)],\"plan\":\"x\"}", name: "").unsettled(plan, by: [:]) == [])
    }

    @Test("are not made others by what comes further and is no better by the trait's rule")
    func further() {
        let rules: [String: TraitRule] = ["a": .max, "b": .longest]
        let told = [("a", "0"), ("a", "2"), ("b", "\"\""), ("b", "null"), ("c", "1")]
        let further = told.map { (trait: $0.0, value: $0.1, isFurther: true) }
        #expect(Self.portrait.unsettled(further, by: rules) == [1, 3, 4])
        #expect(
            Self.portrait.unsettled(Self.values(told.map { (trait: $0.0, value: $0.1) }), by: rules) == [0, 1, 2, 3, 4]
        )
    }

    @Test("take what a fold has of some traits in the place of what they had, and keep the others as they are")
    func retouched() {
        var fold = TraitFold()
        fold.add(SeenValue(value: #""Ann""#, rank: 1, source: "web", messageID: "m1"), for: "name")
        let portrait = Portrait(traits: #"{"b":1.0,"firstName":"Bo","z":[1, 2]}"#, name: "bo").with(
            fold,
            for: ["name", "b"]
        )
        #expect(portrait == Portrait(traits: #"{"firstName":"Bo","name":"Ann","z":[1, 2]}"#, name: "ann bo"))
    }

    @Test("know what they say however many traits they have, and are told at once", .timeLimit(.minutes(5)))
    func many() {
        let names = (0..<100_000).map { "trait\($0)" }
        let portrait = Portrait(traits: "{" + names.map { "\"\($0)\":1" }.joined(separator: ",") + "}", name: "")
        let told = Self.values(
            names.map { (trait: $0, value: $0 == "trait7" ? "2" : "1") } + [(trait: "new", value: "1")]
        )
        #expect(portrait.unsettled(told, by: [:]) == [7, 100_000])
    }

    private static func values(
        _ told: [(trait: String, value: String)]
    ) -> [(trait: String, value: String, isFurther: Bool)] {
        told.map { (trait: $0.trait, value: $0.value, isFurther: false) }
    }
}

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
    func says(_ told: [(trait: String, value: String)], _ isKnown: Bool) throws {
        #expect(try Self.portrait.says(told) == isKnown)
    }
}

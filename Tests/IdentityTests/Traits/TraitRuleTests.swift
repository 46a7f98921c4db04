import Events
import Identity
import Testing

@Suite("Which of a trait's values counts, by its rule")
struct TraitRuleTests {
    /// A value as JSON, and the source that it was seen in.
    struct Told {
        let value: String
        let source: String

        init(_ value: String, from source: String = "web") {
            self.value = value
            self.source = source
        }
    }

    /// Values, seen one after the other.
    private func seen(_ told: [Told]) -> [SeenValue] {
        told.enumerated().map { place, told in
            SeenValue(value: told.value, rank: Int64(place + 1), source: told.source, messageID: "m\(place)")
        }
    }

    /// The value that counts, of those seen one after the other, in whatever order they become known.
    private func chosen(_ rule: TraitRule, _ told: [Told]) -> SeenValue? {
        let seen = seen(told)
        let found = Self.chosen(rule, seen)
        #expect(Self.chosen(rule, seen.reversed()) == found)
        return found
    }

    private func chosen(_ rule: TraitRule, _ values: [String]) -> String? {
        chosen(rule, values.map { Told($0) })?.value
    }

    private static func chosen(_ rule: TraitRule, _ seen: [SeenValue]) -> SeenValue? {
        var fold = TraitFold(["plan": rule])
        for value in seen { fold.add(value, for: "plan") }
        return fold.value(of: "plan")
    }

    @Test("the first and the last are so by event time")
    func times() {
        #expect(chosen(.first, [#""b""#, #""c""#, #""a""#]) == #""b""#)
        #expect(chosen(.last, [#""b""#, #""c""#, #""a""#]) == #""a""#)
    }

    @Test(
        "the greatest number counts, exactly, and of equals the later",
        arguments: [
            (["2", "10", "9"], "10"), (["-2", "-1", "-10"], "-1"), (["99.5", "1e2", "-1E5"], "1e2"),
            (["9007199254740993", "9007199254740992"], "9007199254740993"),
            (["12345678901234567890", "12345678901234567891", "1"], "12345678901234567891"),
            (["0.1", "0.10000000000000000001"], "0.10000000000000000001"), (["1e400", "1e399"], "1e400"),
            (["1", "1.0", "0.9"], "1.0"), (["-0", "0", "-1"], "0"), (["5E-1", "0.05", "0"], "5E-1"),
        ] as [([String], String)]
    )
    func greatest(values: [String], expected: String) {
        #expect(chosen(.max, values) == expected)
    }

    @Test(
        "the least number counts, exactly, and of equals the later",
        arguments: [
            (["10", "2", "9"], "2"), (["-2", "-10", "-1"], "-10"), (["0.1", "1e-2", "1"], "1e-2"),
            (["9007199254740992", "9007199254740993"], "9007199254740992"), (["1.0", "1", "2"], "1"),
            (["-1e999", "-1e1000"], "-1e1000"), (["0", "0.5", "0.0"], "0.0"),
        ] as [([String], String)]
    )
    func least(values: [String], expected: String) {
        #expect(chosen(.min, values) == expected)
    }

    @Test("texts are in the order of their bytes, however they are written, behind all numbers")
    func texts() {
        #expect(chosen(.max, [#""Gold""#, #""Gold Plus""#, #""Bronze""#]) == #""Gold Plus""#)
        #expect(chosen(.min, [#""Gold""#, #""Gold Plus""#, #""Silver""#]) == #""Gold""#)
        #expect(chosen(.max, [#""caf\u00e9""#, #""cafe""#]) == #""caf\u00e9""#)
        #expect(chosen(.max, [#""10""#, "20", #""9""#]) == #""9""#)
        #expect(chosen(.min, [#""10""#, "20", #""9""#]) == "20")
    }

    @Test(
        "a union has everything once, whatever it looks like",
        arguments: [
            ([#""b""#, #"["a", "b"]"#], #"["a","b"]"#), (["7"], "[7]"), (["[]"], "[]"),
            ([#""caf\u00e9""#, #""café""#, "1", "1.0", "10e-1"], #"["café",1]"#),
            ([#""a\/b""#, #""a/b""#], #"["a/b"]"#), (["true", "[true, false]"], "[false,true]"),
            ([#"{"b": 2, "a": "\u0031"}"#, #"{"a":"1","b":2}"#], #"[{"a":"1","b":2}]"#),
            ([#"[[1, 2]]"#, #"[[1,2], [2,1]]"#], "[[1,2],[2,1]]"), ([#""1""#, "1"], #"["1",1]"#),
            (["9007199254740993", "9007199254740992"], "[9007199254740992,9007199254740993]"),
        ] as [([String], String)]
    )
    func union(values: [String], expected: String) {
        #expect(chosen(.union, values).map { Array($0.utf8) } == Array(expected.utf8))
    }

    @Test("a union has one of texts that differ in their Unicode form, and is from where its last part is")
    func wholeUnion() throws {
        let found = try #require(chosen(.union, [Told("\"e\u{301}\"", from: "crm"), Told(#""\u00e9""#, from: "web")]))
        #expect(try JSONValue(parsing: Array(found.value.utf8)) == JSONValue.array([.string("é")]))
        #expect(found.source == "web" && found.messageID == "m1")
    }

    @Test("the longest has the most characters, and of equals the later counts")
    func longest() {
        #expect(chosen(.longest, [#""abc""#, #""ab""#]) == #""abc""#)
        #expect(chosen(.longest, [#""abc""#, "\"e\u{301}e\u{301}\""]) == #""abc""#)
        #expect(chosen(.longest, [#""abc""#, #""\u00e9\u00e9""#]) == #""abc""#)
        #expect(chosen(.longest, [#""ab""#, "\"\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}\""]) == #""ab""#)
        #expect(chosen(.longest, [#""abc""#, #""xyz""#, #""x""#]) == #""xyz""#)
        #expect(chosen(.longest, [#""abcdefg""#, "[ 1,   2 ]"]) == #""abcdefg""#)
    }

    @Test("the source that stands first is trusted, then the next, and of one the last value")
    func trusted() {
        let rule = TraitRule.trusted(["crm", "billing"])
        let told = [Told("1", from: "crm"), Told("2", from: "crm"), Told("3", from: "billing"), Told("4", from: "web")]
        #expect(chosen(rule, told)?.value == "2")
        #expect(chosen(rule, Array(told.dropFirst(2)))?.value == "3")
        #expect(chosen(rule, [Told("5", from: "app")] + told.suffix(1))?.value == "4")
        #expect(chosen(rule, told + [Told("null", from: "web"), Told("6", from: "app")])?.value == "6")
    }

    /// Every rule there is.
    private static let rules: [TraitRule] = [.last, .first, .max, .min, .union, .longest, .trusted(["crm", "web"])]

    @Test("null clears what was seen before it", arguments: rules)
    func null(rule: TraitRule) {
        let found = chosen(rule, [#""long""#, "9", "0", "null", "5"])
        #expect(found == (rule == .union ? "[5]" : "5"))
        #expect(chosen(rule, ["5", "null"]) == nil)
        #expect(chosen(rule, ["null"]) == nil)
    }

    @Test("a value that only holds while there is no other gives way to one", arguments: rules)
    func initial(rule: TraitRule) {
        let rank = SeenValue.rank(at: Timestamp(microseconds: 7), isInitial: true)
        let initial = SeenValue(value: #""long""#, rank: rank, source: "crm", messageID: "i")
        #expect(Self.chosen(rule, [initial])?.value == (rule == .union ? #"["long"]"# : #""long""#))
        let found = Self.chosen(rule, [initial] + seen([Told("5")]))
        #expect(found?.value == (rule == .union ? "[5]" : "5"))
    }

    @Test("whatever the rule, the order of the values does not matter", arguments: 0..<50)
    func orderFree(seed: UInt64) {
        var random = SplitMix(seed)
        let values = [
            "1", "1.0", "10e-1", "null", "true", "[]", #"{"a" : 1}"#,
            #""é""#, "\"e\u{301}\"", #""\u00e9""#, #"["é", 1]"#,
        ]
        var all = (0..<12).map { place in
            SeenValue(
                value: values.randomElement(using: &random) ?? "1",
                rank: .random(in: -2...4, using: &random),
                source: ["crm", "web", "app"].randomElement(using: &random) ?? "web",
                messageID: "m\(place % 3)"
            )
        }
        let expected = Self.rules.map { Self.words(for: Self.chosen($0, all)) }
        for _ in 0..<6 {
            all.shuffle(using: &random)
            #expect(Self.rules.map { Self.words(for: Self.chosen($0, all)) } == expected)
        }
    }

    /// All of a value, by its bytes.
    private static func words(for seen: SeenValue?) -> [UInt8] {
        seen.map { Array("\($0.value) \($0.rank) \($0.source) \($0.messageID)".utf8) } ?? []
    }

    @Test("what is said to go on to count does so whenever another value was seen", arguments: UInt64(1)...300)
    func keeps(seed: UInt64) {
        var random = SplitMix(seed)
        let values = [
            "1", "1.0", "2", "10", #""a""#, #""b""#, #""bc""#, "true", "null", "[1]", #"["a","b"]"#, #"[2,"a"]"#,
            #"{"a":1}"#,
        ]
        let rules: [TraitRule] = [.last, .first, .max, .min, .union, .longest, .trusted(["web"])]
        let rule = rules[Int(seed) % rules.count]
        let told = (0..<Int.random(in: 1...4, using: &random)).map { _ in
            Told(values.randomElement(using: &random) ?? "1", from: Bool.random(using: &random) ? "web" : "crm")
        }
        let further = values.randomElement(using: &random) ?? "1"
        guard let present = Self.chosen(rule, seen(told))?.value, rule.keeps(present, whatever: further) else { return }
        for place in 0...told.count {
            var more = told
            more.insert(Told(further), at: place)
            #expect(Self.chosen(rule, seen(more))?.value == present)
        }
    }

    @Test("a value goes on to count where another is certain to be no better")
    func kept() {
        #expect(TraitRule.max.keeps("10", whatever: "9.5") && !TraitRule.max.keeps("10", whatever: "10.0"))
        #expect(TraitRule.min.keeps("9", whatever: "10") && !TraitRule.min.keeps("9", whatever: "null"))
        #expect(TraitRule.longest.keeps(#""abc""#, whatever: #""ab""#))
        #expect(TraitRule.union.keeps(#"["a","b"]"#, whatever: #""b""#))
        #expect(!TraitRule.union.keeps(#"["a","b"]"#, whatever: #"["b","c"]"#))
    }
}

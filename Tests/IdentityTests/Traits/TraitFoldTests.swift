import Events
import Identity
import Testing

@Suite("The traits of several identifiers together")
struct TraitFoldTests {
    func value(_ value: String, _ rank: Int64, source: String = "s", id: String = "m") -> SeenValue {
        SeenValue(value: value, rank: rank, source: source, messageID: id)
    }

    @Test("the last value by event time counts, of equals the later source and message id")
    func last() {
        var fold = TraitFold()
        for seen in [
            value("1", 5), value("2", 9), value("3", 7), value("4", 9, id: "n"), value("5", 9, source: "a", id: "z"),
        ] {
            fold.add(seen, for: "plan")
        }
        #expect(fold.traits.map(\.seen.value) == ["4"])
    }

    @Test("null clears, until there is a later value")
    func null() {
        var fold = TraitFold()
        fold.add(value("1", 5), for: "plan")
        fold.add(value("null", 6), for: "plan")
        #expect(fold.traits.isEmpty)
        fold.add(value("2", 7), for: "plan")
        #expect(fold.traits.map(\.seen.value) == ["2"])
    }

    @Test("an initial value gives way to any other, and the first of them counts")
    func initial() {
        let times = [3, 8].map { SeenValue.rank(at: Timestamp(microseconds: $0), isInitial: true) }
        var fold = TraitFold()
        fold.add(value("8", times[1]), for: "referrer")
        fold.add(value("3", times[0]), for: "referrer")
        #expect(fold.traits.map(\.seen.value) == ["3"])
        #expect(fold.traits.map(\.seen.time.microseconds) == [3])
        fold.add(value("1", 1), for: "referrer")
        #expect(fold.traits.map(\.seen.value) == ["1"])
    }

    @Test("the order of the values does not matter", arguments: 0..<50)
    func orderFree(seed: UInt64) {
        var random = SplitMix(seed)
        var values = (0..<12).map { place in
            (
                ["a", "b"].randomElement(using: &random) ?? "a",
                value("\(place)", .random(in: 1...3, using: &random), id: "m\(place % 3)")
            )
        }
        var expected: [String] = []
        for round in 0..<6 {
            var fold = TraitFold()
            for (trait, seen) in values { fold.add(seen, for: trait) }
            if round == 0 { expected = fold.traits.map { $0.name + $0.seen.value } }
            #expect(fold.traits.map { $0.name + $0.seen.value } == expected)
            values.shuffle(using: &random)
        }
    }

    @Test(
        "however many traits there are, each is found again and all are in the order of their names",
        .timeLimit(.minutes(5))
    )
    func many() {
        let names = (0..<100_000).map { "\($0)" } + ["caf\u{e9}", "cafe\u{301}"]
        var random = SplitMix(7)
        var fold = TraitFold()
        for name in names.shuffled(using: &random) { fold.add(value("1", 1), for: name) }
        for name in names { fold.add(value("2", 2), for: name) }
        #expect(
            fold.traits.map(\.name).elementsEqual(names.sorted { UTF8Order.precedes($0, $1) ?? false }) {
                UTF8Order.areSame($0, $1)
            }
        )
        #expect(fold.traits.allSatisfy { $0.seen.value == "2" })
        #expect(fold.value(of: "99999")?.value == "2")
        #expect(fold.value(of: "100000") == nil)
    }
}

import Identity
import Testing

@Suite("What people decide")
struct DecisionTests {
    let rules = Rules()

    @Test("a word that two are together outranks every limit")
    func together() {
        var graph = GraphBuilder()
        graph.link("user:old", "email:x@example.org", at: 1)
        graph.link("user:new", "email:x@example.org", at: 2)
        #expect(graph.resolved(rules).sets.count == 2)
        graph.decide("user:old", "user:new", .together)
        #expect(graph.resolved(rules).sets == [["user:old", "user:new", "email:x@example.org"]])
        graph.link("user:third", "email:x@example.org", at: 0)
        #expect(graph.resolved(rules).sets.contains(["user:old", "user:new"]))
    }

    @Test("a word that two are apart outranks all evidence, and the weakest link gives way")
    func apart() {
        var graph = GraphBuilder()
        graph.link("shop.customer:1", "anonymous:d", strength: 130, at: 1)
        graph.link("crm.contact:2", "anonymous:d", strength: 120, at: 0)
        #expect(graph.resolved(rules).sets.count == 1)
        graph.decide("shop.customer:1", "crm.contact:2", .apart)
        let result = graph.resolved(rules)
        #expect(result.sets == [["shop.customer:1", "anonymous:d"], ["crm.contact:2"]])
        #expect(result.rejected == ["anonymous:d – crm.contact:2: separated"])
    }

    @Test("an address of two that somebody set apart is neither's")
    func apartAtAddress() {
        var graph = GraphBuilder()
        graph.link("shop.customer:1", "email:x@example.org", strength: 130, at: 1)
        graph.link("crm.contact:2", "email:x@example.org", strength: 120, at: 0)
        #expect(graph.resolved(rules).sets.count == 1)
        graph.decide("shop.customer:1", "crm.contact:2", .apart)
        let result = graph.resolved(rules)
        #expect(result.sets == [["shop.customer:1"], ["crm.contact:2"]])
        #expect(result.ambiguous == ["email:x@example.org"])
        #expect(
            result.rejected.first
                == "email:x@example.org – shop.customer:1: email:x@example.org is ambiguous, separated"
        )
    }

    @Test("an address that somebody says is theirs is not ambiguous, whoever else has it")
    func decidedAddress() {
        var graph = GraphBuilder()
        graph.link("user:1", "email:x@example.org", at: 1)
        graph.link("user:2", "email:x@example.org", at: 2)
        graph.decide("user:2", "email:x@example.org", .together)
        let result = graph.resolved(rules)
        #expect(result.sets == [["user:1"], ["user:2", "email:x@example.org"]])
        #expect(result.rejected == ["email:x@example.org – user:1: user"])
    }

    @Test("of contradicting words the last one holds")
    func last() {
        var graph = GraphBuilder()
        graph.see("user:1", at: 1)
        graph.see("user:2", at: 2)
        graph.decide("user:1", "user:2", .together, at: 5)
        graph.decide("user:2", "user:1", .apart, at: 6)
        #expect(graph.resolved(rules).sets.count == 2)
        graph.decide("user:1", "user:2", .together, at: 7)
        #expect(graph.resolved(rules).sets.count == 1)
    }

    @Test("a shared address that somebody says is theirs joins them, and nobody else")
    func claimed() {
        var graph = GraphBuilder()
        for person in 1...7 { graph.link("user:\(person)", "email:info@example.org", at: Int64(person)) }
        graph.decide("user:3", "email:info@example.org", .together)
        let result = graph.resolved(rules)
        #expect(result.shared == [])
        #expect(result.sets.contains(["user:3", "email:info@example.org"]))
        #expect(result.sets.count == 7)
    }

    @Test("what somebody decided beyond a limit still takes in what adds nothing to it")
    func beyondLimit() {
        var graph = GraphBuilder()
        graph.link("user:1", "email:x@example.org", at: 1)
        graph.see("user:2", at: 1)
        graph.decide("email:x@example.org", "user:2", .together)
        graph.decide("email:x@example.org", "user:1", .together)
        graph.link("user:1", "phone:+12015550123", at: 2)
        #expect(graph.resolved(rules).sets.count == 1)
    }

    @Test("one that a later decision on the same two replaced claims nothing, and makes no two ids one")
    func replaced() {
        let rules = Rules()
        var graph = GraphBuilder()
        for number in 1...7 { graph.link("user:\(number)", "email:info@x.io", at: Int64(number)) }
        graph.decide("user:1", "email:info@x.io", .together, at: 1)
        #expect(graph.resolved(rules).shared == [])
        graph.decide("user:1", "email:info@x.io", .apart, at: 2)
        #expect(graph.resolved(rules).shared == ["email:info@x.io"])
        var people = GraphBuilder()
        people.link("user:1", "email:a@x.io", at: 1)
        people.link("user:3", "email:a@x.io", at: 2)
        people.see("user:2", at: 3)
        people.decide("user:1", "user:2", .together, at: 1)
        people.decide("user:1", "user:2", .apart, at: 2)
        people.decide("user:2", "user:3", .together, at: 3)
        #expect(people.resolved(rules).ambiguous == ["email:a@x.io"])
    }
}

import Events
import Identity
import Testing

@Suite("Who is who")
struct ResolverTests {
    let rules = Rules()

    @Test("evidence joins, and the first seen founds")
    func joins() {
        var graph = GraphBuilder()
        graph.link("user:1", "anonymous:a", at: 5)
        graph.link("user:1", "email:x@example.org", at: 3)
        graph.see("phone:+12015550123", at: 1)
        let result = graph.resolved(rules)
        #expect(result.profiles == [["phone:+12015550123"], ["email:x@example.org", "anonymous:a", "user:1"]])
        #expect(result.founders == ["phone:+12015550123", "email:x@example.org"])
    }

    @Test("two logins are never one person: an address that both name joins neither, and its evidence stays visible")
    func limit() {
        var graph = GraphBuilder()
        graph.link("user:ann", "email:fam@example.org", at: 1)
        graph.link("user:bob", "email:fam@example.org", at: 2)
        graph.link("user:bob", "anonymous:b", at: 3)
        let result = graph.resolved(rules)
        #expect(result.sets == [["user:ann"], ["user:bob", "anonymous:b"]])
        #expect(result.ambiguous == ["email:fam@example.org"])
        #expect(
            result.rejected == [
                "email:fam@example.org – user:ann: email:fam@example.org is ambiguous, user",
                "email:fam@example.org – user:bob: email:fam@example.org is ambiguous, user",
            ]
        )
    }

    @Test("stronger evidence goes first, whenever it was")
    func strongest() {
        var graph = GraphBuilder()
        graph.link("user:ann", "shop.customer:a", strength: 120, at: 1)
        graph.link("user:bob", "shop.customer:a", strength: 130, at: 9)
        let result = graph.resolved(rules)
        #expect(result.sets == [["user:ann"], ["user:bob", "shop.customer:a"]])
        #expect(result.rejected == ["shop.customer:a – user:ann: user"])
    }

    @Test("an identifier that too many people have joins no one")
    func shared() {
        var graph = GraphBuilder()
        for person in 1...6 { graph.link("user:\(person)", "email:info@example.org", at: Int64(person)) }
        let result = graph.resolved(rules)
        #expect(result.shared == ["email:info@example.org"])
        #expect(result.sets.count == 6)
        #expect(result.rejected.first == "email:info@example.org – user:1: email:info@example.org is shared")
        #expect(result.rejected.count == 6)
    }

    @Test("with as many as a family it is not shared, but no one's until less is said of it")
    func family() {
        var graph = GraphBuilder()
        for person in 1...5 { graph.link("user:\(person)", "email:fam@example.org", at: Int64(person)) }
        let result = graph.resolved(rules)
        #expect(result.shared.isEmpty)
        #expect(result.ambiguous == ["email:fam@example.org"])
    }

    @Test("a device that more mail addresses were typed on than a person has is shared")
    func typedOn() {
        var graph = GraphBuilder()
        for person in 1...25 { graph.link("email:\(person)@example.org", "anonymous:d", strength: 30, at: 1) }
        #expect(graph.resolved(rules).shared.isEmpty)
        graph.link("email:26@example.org", "anonymous:d", strength: 30, at: 1)
        #expect(graph.resolved(rules).shared == ["anonymous:d"])
    }

    @Test("many weaker identifiers make nobody's login shared")
    func manyDevices() {
        var graph = GraphBuilder()
        for device in 1...20 { graph.link("user:1", "anonymous:\(device)", at: Int64(device)) }
        #expect(graph.resolved(rules).shared.isEmpty)
        #expect(graph.resolved(rules).sets.count == 1)
    }

    @Test("ids that an alias says are the same count as one")
    func alias() {
        var graph = GraphBuilder()
        graph.link("user:old", "user:new", strength: 140, at: 1)
        graph.link("user:old", "email:x@example.org", at: 2)
        graph.link("user:new", "anonymous:a", at: 2)
        #expect(graph.resolved(rules).sets.count == 1)
        graph.link("user:other", "phone:+12015550123", at: 3)
        graph.link("user:new", "phone:+12015550123", at: 4)
        #expect(graph.resolved(rules).sets.count == 2)
    }

    @Test("a former name that aliases give to several is the first one's")
    func aliasOfSeveral() {
        var graph = GraphBuilder()
        graph.link("user:d", "user:ann", strength: 141, at: 2)
        graph.link("user:d", "user:bob", strength: 141, at: 1)
        graph.link("user:bob", "user:robert", strength: 140, at: 3)
        #expect(graph.resolved(rules).sets == [["user:ann"], ["user:bob", "user:d", "user:robert"]])
        for person in 1...5 { graph.link("user:d", "user:e\(person)", strength: 142, at: Int64(person)) }
        let result = graph.resolved(rules)
        #expect(result.shared == ["user:d"])
        #expect(result.sets.contains(["user:bob", "user:robert"]))
    }

    @Test("one who was called otherwise on many browsers is one person all the same")
    func aliasesOfOne() {
        var graph = GraphBuilder()
        for browser in 1...20 {
            graph.link("user:ann", "user:b\(browser)", strength: browser % 2 == 0 ? 141 : 140, at: Int64(browser))
        }
        let result = graph.resolved(rules)
        #expect(result.shared.isEmpty)
        #expect(result.sets.count == 1)
    }

    @Test("what lies behind a shared identifier need not be known")
    func border() {
        var graph = GraphBuilder()
        graph.link("user:1", "email:info@example.org", at: 1)
        graph.link("user:2", "email:info@example.org", at: 1)
        graph.knownShared = ["email:info@example.org"]
        let result = graph.resolved(rules)
        #expect(result.shared == ["email:info@example.org"])
        #expect(result.sets == [["user:1"], ["user:2"]])
    }

    @Test("the result does not depend on any order", arguments: 0..<300)
    func orderFree(seed: UInt64) {
        var random = SplitMix(seed)
        let graph = GraphBuilder.random(&random)
        let expected = graph.resolved(rules)
        for _ in 0..<10 { #expect(graph.shuffled(&random).resolved(rules) == expected) }
    }

    @Test("no profile is above a limit, and each rejection is needed", arguments: 0..<100)
    func limitsHold(seed: UInt64) {
        var random = SplitMix(seed)
        var graph = GraphBuilder.random(&random)
        graph.links.removeAll { $0.strength == 140 }
        graph.decisions = []
        let result = graph.resolved(rules)
        for profile in result.profiles {
            for namespace in ["user", "shop.customer"] {
                #expect(profile.count { $0.hasPrefix(namespace) } <= rules[namespace].limit)
            }
        }
        let whole = result.sets.flatMap(\.self).filter { !$0.contains("@") }
        #expect(
            whole.count + result.shared.count + result.ambiguous.count + result.divided.count
                == graph.seen.count
        )
    }
}

import Events
import Testing

@testable import Identity

@Suite("Whose an address is")
struct AcceptanceTests {
    let rules = Rules()
    let phone = StreamBuilder.phone
    let otherPhone = StreamBuilder.otherPhone

    @Test("two logins with one mailbox are two people, and the mailbox is neither's")
    func twoLogins() throws {
        var stream = StreamBuilder()
        stream.login("u1", "ada@x.io", at: 1)
        stream.login("u2", "ada@x.io", at: 2)
        stream.order("c1", "ada@x.io", at: 3)
        let result = try stream.resolved(rules)
        #expect(result.people == [["u1"], ["u2"], ["c1"]])
        #expect(result.ambiguous == ["ada@x.io"])
        #expect(result.conflict("u1", "ada@x.io") == .limit(namespace: "user"))
        #expect(result.conflict("c1", "ada@x.io") == .limit(namespace: "user"))
    }

    @Test("a family's mailbox brings nobody together who logs in with an own one")
    func familyMailbox() throws {
        var stream = StreamBuilder()
        stream.login("ann", "ann@x.io", on: "da", at: 1)
        stream.login("bob", "bob@x.io", on: "db", at: 2)
        stream.newsletter("fam@x.io", on: "da", at: 3)
        stream.newsletter("fam@x.io", on: "db", at: 4)
        let result = try stream.resolved(rules)
        #expect(result.people == [["ann", "ann@x.io", "da"], ["bob", "bob@x.io", "db"]])
        #expect(result.ambiguous == ["fam@x.io"])
        #expect(result.events == [["m0", "m2"], ["m1", "m3"]])
    }

    @Test("who logs in with the family's mailbox keeps it")
    func loginWithFamilyMailbox() throws {
        var stream = StreamBuilder()
        stream.login("ann", "fam@x.io", on: "da", at: 1)
        stream.order("cb", "fam@x.io", phone, at: 2)
        stream.contact("kb", "bob@x.io", phone, at: 3)
        let result = try stream.resolved(rules)
        #expect(result.people == [["ann", "fam@x.io", "da", "cb", phone, "bob@x.io", "kb"]])
    }

    @Test("a second address that no login names brings nobody together who has one already")
    func secondAddress() throws {
        var stream = StreamBuilder()
        stream.login("ann", "ann@x.io", at: 1)
        stream.order("ca", "ann@x.io", at: 2)
        stream.order("ca", "fam@x.io", at: 3)
        stream.contact("kb", "fam@x.io", phone, at: 4)
        let result = try stream.resolved(rules)
        #expect(result.people == [["ann", "ann@x.io", "ca"], ["kb", phone]])
        #expect(result.conflict("ca", "fam@x.io") == .secondAddress)
        #expect(result.conflict("kb", "fam@x.io") == .secondAddress)
    }

    @Test("somebody else's typing takes an address from nobody who logs in with it")
    func typedAddress() throws {
        var stream = StreamBuilder()
        stream.login("ann", "ann@x.io", on: "da", at: 1)
        stream.order("ca", "ann@x.io", at: 2)
        stream.login("bob", "bob@x.io", on: "db", at: 3)
        stream.newsletter("ann@x.io", on: "db", at: 4)
        let result = try stream.resolved(rules)
        #expect(result.people == [["ann", "ann@x.io", "da", "ca"], ["bob", "bob@x.io", "db"]])
        #expect(result.reasons[["db", "ann@x.io"]] == .limit(namespace: "user"))
    }

    @Test("a work address is found by the phone number that both records have")
    func workAddress() throws {
        var stream = StreamBuilder()
        stream.login("ann", "ann@x.io", on: "da", at: 1)
        stream.order("ca", "ann@x.io", phone, at: 2)
        stream.order("ca", "ann@work.io", phone, at: 3)
        stream.contact("ka", "ann@work.io", phone, at: 4)
        let result = try stream.resolved(rules)
        #expect(result.people == [["ann", "ann@x.io", "da", "ca", phone, "ka"]])
        #expect(result.ambiguous == ["ann@work.io"])
    }

    @Test("a device that two people used is each one's in turn, and what follows a sign-out is nobody's")
    func twoOnOneDevice() throws {
        var stream = StreamBuilder()
        stream.page(on: "k", at: 0)
        stream.login("ann", "ann@x.io", on: "k", at: 1)
        stream.page(on: "k", at: 2)
        stream.login("bob", "bob@x.io", on: "k", at: 3)
        stream.page(on: "k", at: 4)
        stream.signOut(of: "k", at: 5)
        stream.page(on: "k", at: 6)
        let result = try stream.resolved(rules)
        #expect(result.events == [["m0", "m5", "m6"], ["m1", "m2"], ["m3", "m4"]])
    }

    @Test("a device that a crowd logs in on joins no one")
    func kiosk() throws {
        var stream = StreamBuilder()
        for person in 0..<22 {
            stream.login("u\(person)", "p\(person)@x.io", on: "k", at: Int64(2 * person))
            stream.page(on: "k", at: Int64(2 * person + 1))
        }
        let result = try stream.resolved(rules)
        #expect(result.shared == ["k"])
        #expect(result.people == Set((0..<22).map { ["u\($0)", "p\($0)@x.io"] }))
    }

    @Test("the result does not depend on the order of the events", arguments: 0..<200)
    func orderFree(seed: UInt64) throws {
        var random = SplitMix(seed)
        var stream = StreamBuilder.random(&random)
        let expected = try stream.resolved(rules)
        for _ in 0..<5 {
            stream.shuffle(using: &random)
            #expect(try stream.resolved(rules) == expected)
        }
    }

    @Test("two addresses whose best evidence is that between them have their turns in the order of their names")
    func levelAddresses() {
        var graph = GraphBuilder()
        graph.link("email:a@x.io", "email:b@x.io", strength: 30, at: 1)
        graph.link("email:a@x.io", "anonymous:x", strength: 20, at: 2)
        graph.link("email:b@x.io", "anonymous:x", strength: 20, at: 3)
        graph.link("email:b@x.io", "anonymous:y", strength: 20, at: 4)
        var random = SplitMix(1)
        for _ in 0..<50 {
            graph = graph.shuffled(&random)
            let result = graph.resolved(rules)
            #expect(result.ambiguous == ["email:b@x.io"])
            #expect(result.sets == [["anonymous:x", "email:a@x.io"], ["anonymous:y"]])
        }
    }

    @Test("the short way gives what the long way gives", arguments: 0..<300)
    func shortWay(seed: UInt64) throws {
        var random = SplitMix(seed)
        let components = [
            GraphBuilder.random(&random).component().0, try StreamBuilder.random(&random).graph(rules).component,
        ]
        for component in components {
            var long = Resolver(component: component, rules: rules, takesShortWay: false)
            var (short, full) = (rules.resolve(component), long.resolve())
            for place in short.profiles.indices { short.profiles[place].isPlain = false }
            for place in full.profiles.indices { full.profiles[place].isPlain = false }
            #expect(short == full)
        }
    }
}

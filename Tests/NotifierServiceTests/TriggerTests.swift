import Events
import ServiceKit
import Testing
import Topics

@testable import NotifierService

@Suite("A rule")
struct TriggerTests {
    private func rule(_ name: String, _ trigger: Rule.Trigger) -> Rule {
        Rule(
            name: name,
            trigger: trigger,
            destination: "d",
            notAfter: Period(seconds: 3600),
            message: .webhook(.constant(.null)),
            line: 1
        )
    }

    private func event(
        _ id: String,
        name: String = "Order Completed",
        type: EventType = .track,
        historical: Bool = false
    ) -> Change.Event {
        Change.Event(
            messageID: id,
            type: type,
            name: name,
            source: "web",
            time: Timestamp(microseconds: 1_000_000),
            anchor: Identifier("email", "ada@example.com"),
            partition: "ingest",
            offset: 1,
            historical: historical
        )
    }

    private func change(_ kind: Change.Kind, _ events: [Change.Event], profile: String = "p") -> Change {
        Change(
            profileID: profile,
            revision: 1,
            kind: kind,
            formerIDs: [],
            events: events,
            time: Timestamp(microseconds: 2_000_000)
        )
    }

    @Test("is set off by each track event of its name")
    func byEvent() {
        let book = RuleBook(rules: [rule("a", .event("Order Completed"))])
        let change = change(
            .updated,
            [event("1"), event("2", name: "Other"), event("3", type: .page), event("4")]
        )
        #expect(book.triggers(of: change).map(\.event.messageID) == ["1", "4"])
    }

    @Test("is not set off by what a rebuild finds")
    func rebuilt() {
        let book = RuleBook(rules: [rule("a", .event("Order Completed")), rule("b", .firstSeen)])
        var change = change(.created, [event("1")])
        #expect(book.triggers(of: change).count == 2)
        change.historical = true
        #expect(book.triggers(of: change) == [])
    }

    @Test("is not set off by what is historical")
    func historical() {
        let book = RuleBook(rules: [rule("a", .event("Order Completed")), rule("b", .firstSeen)])
        #expect(book.triggers(of: change(.created, [event("1", historical: true)])).isEmpty)
    }

    @Test("is set off once by a person who is new")
    func firstSeen() {
        let book = RuleBook(rules: [rule("b", .firstSeen)])
        #expect(book.triggers(of: change(.created, [event("1"), event("2")])).map(\.event.messageID) == ["1"])
        #expect(book.triggers(of: change(.updated, [event("1")])).isEmpty)
        #expect(book.triggers(of: change(.merged, [event("1")])).isEmpty)
    }

    @Test("is not set off by somebody whose first event is historical, though a later one is told together with it")
    func firstSeenInThePast() {
        let book = RuleBook(rules: [rule("a", .event("Order Completed")), rule("b", .firstSeen)])
        let triggers = book.triggers(of: change(.created, [event("1", historical: true), event("2")]))
        #expect(triggers.map { "\($0.rule.name) \($0.event.messageID)" } == ["a 2"])
    }

    @Test("names its message by rule, identifier and event, never by the profile")
    func onceKey() {
        let book = RuleBook(rules: [rule("a", .event("Order Completed"))])
        let before = book.triggers(of: change(.updated, [event("1")], profile: "p"))
        let after = book.triggers(of: change(.merged, [event("1")], profile: "q"))
        #expect(before[0].key == after[0].key)
        #expect(before[0].key.description.count == 32)
    }

    @Test("gives another name for another rule, identifier, source or event")
    func distinctKeys() {
        let ada = Identifier("email", "ada@example.com")
        let keys = [
            OnceKey(rule: "a", identifier: ada, messageID: "1", source: "web"),
            OnceKey(rule: "b", identifier: ada, messageID: "1", source: "web"),
            OnceKey(rule: "a", identifier: Identifier("email", "ada@example.org"), messageID: "1", source: "web"),
            OnceKey(rule: "a", identifier: ada, messageID: "2", source: "web"),
            OnceKey(rule: "a", identifier: ada, messageID: "1", source: "shop"),
            OnceKey(rule: "ae", identifier: Identifier("mail", "ada@example.com"), messageID: "1", source: "web"),
        ]
        #expect(Set(keys).count == keys.count)
    }

    @Test("is of no use any more once its time has passed")
    func notAfter() {
        let book = RuleBook(rules: [rule("a", .event("Order Completed"))])
        #expect(book.triggers(of: change(.updated, [event("1")]))[0].notAfter == Timestamp(microseconds: 3_601_000_000))
    }
}

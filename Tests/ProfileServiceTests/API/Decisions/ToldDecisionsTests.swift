import Events
import Identity
import Testing
import Topics

@testable import ProfileService

@Suite("What may be told of decisions")
struct ToldDecisionsTests {
    private static let ann = Identifier("user", "ann-1815")
    private static let bob = Identifier("user", "bob-1791")
    private static let cid = Identifier("user", "cid-1905")

    private static func word(_ time: Int64, _ reason: String) -> Word {
        Word(author: "eve", reason: reason, time: Timestamp(microseconds: time))
    }

    /// A decision that is taken back a little later.
    private static func withdrawn(
        _ id: String,
        _ left: Identifier,
        _ right: Identifier,
        at time: Int64,
        because reason: String = "wrong"
    ) -> [ControlRecord] {
        let decision = IdentityDecision(id: id, verdict: .together, left: left, right: right, word: word(time, "so"))
        return [.decision(decision), .withdrawal(Withdrawal(id: id, word: word(time + 1, reason)))]
    }

    /// That somebody is to be forgotten.
    private static func erasure(of identifier: Identifier, at time: Int64) -> ControlRecord {
        .suppression(
            Suppression(id: "s", hashes: ["aa"], identifiers: [identifier], profileIDs: [], word: word(time, "asked"))
        )
    }

    private static func told(_ records: [ControlRecord]) -> ToldDecisions {
        var book = ControlBook()
        for record in records { book.apply(record) }
        return ToldDecisions(book, rules: Rules())
    }

    private static func ids(
        _ told: ToldDecisions,
        on name: Identifier? = nil,
        after last: DecisionCursor? = nil
    ) -> [String] {
        told.withdrawn(on: name, after: last, by: Bench.lookup).map(\.decision.id)
    }

    @Test("what was taken back is listed, the last first, from any place on, and by either identifier")
    func listed() {
        let told = Self.told(
            Self.withdrawn("d1", Self.ann, Self.bob, at: 1) + Self.withdrawn("d2", Self.bob, Self.cid, at: 5)
                + Self.withdrawn("d3", Self.cid, Self.ann, at: 5)
        )
        #expect(Self.ids(told) == ["d3", "d2", "d1"])
        #expect(Self.ids(told, after: DecisionCursor(Self.word(6, ""), of: "d3")) == ["d2", "d1"])
        #expect(Self.ids(told, on: Self.ann) == ["d3", "d1"])
        #expect(Self.ids(told, on: Identifier("user", "dan")) == [])
    }

    @Test("a decision is told in the words of who made it, and its end in those of who took it back")
    func words() {
        let told = Self.told(Self.withdrawn("d1", Self.ann, Self.bob, at: 1))
        #expect(told.word(on: "d1", isWithdrawn: false) == Self.word(1, "so"))
        #expect(told.word(on: "d1", isWithdrawn: true) == Self.word(2, "wrong"))
        #expect(told.word(on: "d2", isWithdrawn: false) == nil)
        #expect(told.word(on: "d2", isWithdrawn: true) == nil)
    }

    @Test("of who is to be forgotten nothing is told, be it decided of them or only said")
    func forgotten() {
        let said = "It was meant for \(Self.ann.value)."
        let told = Self.told(
            Self.withdrawn("d1", Self.ann, Self.bob, at: 1)
                + Self.withdrawn("d2", Self.bob, Self.cid, at: 2, because: said)
                + Self.withdrawn("d3", Self.bob, Self.cid, at: 3) + [Self.erasure(of: Self.ann, at: 10)]
        )
        #expect(Self.ids(told) == ["d3"])
        #expect(told.word(on: "d1", isWithdrawn: false) == nil)
        #expect(told.word(on: "d1", isWithdrawn: true) == nil)
        #expect(told.word(on: "d2", isWithdrawn: true) == nil)
        #expect(told.word(on: "d2", isWithdrawn: false) == Self.word(2, "so"))
    }

    @Test("what is decided of somebody who is known again is told")
    func again() {
        let told = Self.told([Self.erasure(of: Self.ann, at: 10)] + Self.withdrawn("d1", Self.ann, Self.bob, at: 20))
        #expect(Self.ids(told) == ["d1"])
    }
}

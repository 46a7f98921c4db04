import Events
import Testing
import Topics

@Suite("What people decided, taken together")
struct ControlBookTests {
    private static let word = Word(author: "eve", reason: "so", time: Timestamp(microseconds: 1))
    private static let ann = Identifier("user", "ann")
    private static let bob = Identifier("user", "bob")

    private static let records: [ControlRecord] = [
        .decision(IdentityDecision(id: "d1", verdict: .together, left: ann, right: bob, word: word)),
        .decision(IdentityDecision(id: "d2", verdict: .apart, left: ann, right: bob, word: word)),
        .withdrawal(Withdrawal(id: "d1", word: word)),
        .correction(TraitCorrection(id: "c1", identifier: ann, trait: "name", value: "null", word: word)),
        .correction(TraitCorrection(id: "c2", identifier: ann, trait: "name", value: "1", word: word)),
        .withdrawal(Withdrawal(id: "c2", word: word)),
        .suppression(Suppression(id: "s1", hashes: ["aa"], identifiers: [ann], profileIDs: ["p"], word: word)),
        .forgotten(Forgotten(suppression: "s1", events: 2, messages: [], time: word.time)),
        .forgotten(Forgotten(suppression: "s3", events: 2, messages: ["b", "a"], continues: true, time: word.time)),
        .forgotten(Forgotten(suppression: "s3", events: 2, messages: ["c"], time: word.time)),
        .suppression(Suppression(id: "s3", hashes: ["cc"], identifiers: [bob], profileIDs: ["q"], word: word)),
        .erased(Erased(suppression: "s1", instance: "ingest", records: ["events": 2], time: word.time)),
        .suppression(Suppression(id: "s2", hashes: ["bb"], identifiers: [], profileIDs: [], word: word)),
        .withdrawal(Withdrawal(id: "s2", word: word)),
        .retirement(Retirement(instance: "ingest-2", word: word)),
        .keyRevoked(id: "k", at: word.time),
    ]

    private static func book(_ records: some Sequence<ControlRecord>) -> ControlBook {
        var book = ControlBook()
        for record in records { book.apply(record) }
        return book
    }

    @Test("everything can be said in other words")
    func rewords() {
        var book = Self.book(Self.records)
        let other = Word(author: "eve", reason: "erased", time: Self.word.time)
        book.reword { $0 = other }
        let decided = [book.decisions, book.withdrawnDecisions].flatMap { $0.values.map(\.word) }
        let words = decided + book.corrections.values.map(\.word) + book.withdrawals.values.map(\.word)
        #expect(words == Array(repeating: other, count: 6))
        #expect(book.erasures.values.map(\.suppression.word) == Array(repeating: other, count: 3))
        #expect(book.suppressions.map(\.id) == ["s1", "s3"])
    }

    @Test("what holds is what was not withdrawn")
    func holds() {
        let book = Self.book(Self.records)
        #expect(book.decisions.keys.sorted() == ["d2"])
        #expect(book.withdrawnDecisions.keys.sorted() == ["d1"])
        #expect(book.corrections.keys.sorted() == ["c1"])
        #expect(book.suppressions.map(\.id) == ["s1", "s3"])
        #expect(book.erasures["s1"]?.forgotten?.events == 2)
        #expect(book.erasures["s1"]?.erased.keys.sorted() == ["ingest"])
        #expect(book.erasures["s2"] != nil)
        #expect(book.retired == ["ingest-2"])
    }

    @Test("of what was taken back it is known whose it was, for as long as it is on the log")
    func takenBack() {
        let book = Self.book(Self.records + [.withdrawal(Withdrawal(id: "gone", word: Self.word))])
        func names(_ id: String) -> [Identifier]? {
            book.identifiers(withdrawnBy: Withdrawal(id: id, word: Self.word))
        }
        #expect(names("d1") == [Self.ann, Self.bob])
        #expect(names("c2") == [Self.ann])
        #expect(names("gone")?.isEmpty == true)
        for id in ["d2", "s2", "unread"] { #expect(names(id) == nil) }
    }

    @Test("somebody is forgotten once the last of what is said of that is there, with all of it")
    func parts() {
        let messages = (0..<25_000).map { "\($0)" }.sorted()
        let parts = Forgotten(suppression: "s3", events: 2, messages: messages, time: Self.word.time).parts
        var book = Self.book(Self.records.filter { if case .suppression = $0 { true } else { false } })
        for part in parts {
            #expect(book.erasures["s3"]?.forgotten == nil)
            book.apply(.forgotten(part))
        }
        #expect(parts.count == 3)
        #expect(book.erasures["s3"]?.forgotten?.messages == messages)
    }

    @Test("what was said of who is forgotten counts no more, also in a form from before")
    func withoutForgotten() {
        let capital = Identifier("user", "ANN")
        let records: [ControlRecord] = [
            .decision(IdentityDecision(id: "d", verdict: .together, left: Self.bob, right: capital, word: Self.word)),
            .correction(TraitCorrection(id: "c", identifier: capital, trait: "t", value: "1", word: Self.word)),
            .suppression(Suppression(id: "s", hashes: [], identifiers: [Self.ann], profileIDs: [], word: Self.word)),
        ]
        let book = Self.book(records)
        let same = book.withoutForgotten { $0 }
        #expect(same.decisions.count == 1 && same.corrections.count == 1)
        let small = book.withoutForgotten { Identifier($0.namespace, $0.value.lowercased()) }
        #expect(small.decisions.isEmpty && small.corrections.isEmpty)
    }

    @Test("neither the order of the records nor reading them twice matters", arguments: 0..<50)
    func order(seed: Int) {
        var random = SystemRandomNumberGenerator()
        let shuffled = (Self.records + Self.records).shuffled(using: &random)
        #expect(Self.book(shuffled) == Self.book(Self.records))
    }
}

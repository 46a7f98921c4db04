import Events
import Foundation
import Identity
import MessageLog
import ServiceKit
import Testing
import Topics

@Suite("What becomes of records when somebody is forgotten")
struct RecordEraserTests {
    private static let word = Word(author: "eve", reason: "so", time: Timestamp(microseconds: 1))
    private static let address = Identifier("email", "ann@example.com")

    static func erasure(_ id: String = "s1", messages: [String] = []) -> ControlBook.Erasure {
        ControlBook.Erasure(
            suppression: Suppression(
                id: id,
                hashes: [],
                identifiers: [Identifier("user", "42"), address],
                profileIDs: ["p_7hk2m"],
                word: word
            ),
            forgotten: Forgotten(suppression: id, events: 1, messages: messages, time: word.time)
        )
    }

    static func event(_ body: String, receivedAt: Int64 = 10) -> [UInt8] {
        EventHeader(
            source: "web",
            messageID: "m",
            type: .track,
            name: "Seen",
            timestamp: Timestamp(microseconds: 5),
            receivedAt: Timestamp(microseconds: receivedAt)
        ).encode(event: Array(body.utf8))
    }

    private static func stored(_ topic: String, _ value: [UInt8], key: String = "k", offset: Offset = 7) -> StoredRecord
    {
        StoredRecord(
            partition: Partition(topic: topic, name: "ingest"),
            offset: offset,
            record: Record(
                key: Array(key.utf8),
                value: value,
                headers: [Header(name: "h", value: [1])],
                timestamp: 10
            )
        )
    }

    private static func text(_ record: Record?) -> String? { record.map { String(decoding: $0.value, as: UTF8.self) } }

    @Test("the person's events and what tells of them become tombstones", arguments: Topic.all)
    func tombstones(topic: String) {
        let value: [UInt8]
        switch topic {
        case Topic.events: value = Self.event(#"{"userId":"42"}"#)
        case Topic.control:
            value =
                ControlRecord.correction(
                    TraitCorrection(id: "c", identifier: Self.address, trait: "t", value: "1", word: Self.word)
                ).encoded
        default: value = Array(#"{"id":"1","payload":"{\"to\":\"Ann@example.com\"}"}"#.utf8)
        }
        let replacement = RecordEraser([Self.erasure()], rules: Rules(), key: nil).replacement(
            of: Self.stored(topic, value)
        )
        #expect(replacement?.record == Record(value: Topic.tombstone(of: topic), timestamp: 10))
        #expect(replacement?.suppressions == ["s1"])
    }

    @Test("what has nothing to do with the person stays, and so does what is erased", arguments: Topic.all)
    func others(topic: String) {
        let eraser = RecordEraser([Self.erasure()], rules: Rules(), key: nil)
        for value in [Self.event(#"{"userId":"bob","properties":{"n":42}}"#), Topic.tombstone(of: topic), [1, 2, 3]] {
            #expect(eraser.replacement(of: Self.stored(topic, value)) == nil)
        }
    }

    @Test("a key or a header tells as well", arguments: [Topic.commands, Topic.deadLetters, Topic.changes])
    func keys(topic: String) {
        let eraser = RecordEraser([Self.erasure()], rules: Rules(), key: nil)
        #expect(eraser.replacement(of: Self.stored(topic, Array("{}".utf8), key: "user:42")) != nil)
        var record = Self.stored(topic, Array("{}".utf8))
        record.record.headers = [Header(name: "profile", value: Array("p_7hk2m".utf8))]
        #expect(eraser.replacement(of: record) != nil)
    }

    @Test("another's event loses the person's identifiers, and its key")
    func redacts() throws {
        let value = Self.event(#"{"userId":"bob","traits":{"email":"ann@example.com","plan":1.50}}"#)
        let stored = Self.stored(Topic.events, value, key: "ann@example.com")
        let replacement = try #require(RecordEraser([Self.erasure()], rules: Rules(), key: nil).replacement(of: stored))
        #expect(replacement.record.value == Self.event(#"{"userId":"bob","traits":{"plan":1.50}}"#))
        #expect(replacement.record.key.isEmpty)
    }

    @Test("an event that names nobody without the person goes")
    func nobodyLeft() {
        let stored = Self.stored(Topic.events, Self.event(#"{"userId":"Ann@example.com","traits":{"city":"Rome"}}"#))
        let replacement = RecordEraser([Self.erasure()], rules: Rules(), key: nil).replacement(of: stored)
        #expect(replacement?.record == Record(value: EventEnvelope.tombstone, timestamp: 10))
        #expect(replacement?.suppressions == ["s1"])
    }

    @Test("an event that the profile store names goes, whatever it says")
    func messages() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/kith-eraser-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let key = try SuppressionKey.load(in: folder)
        let value = Self.event(#"{"userId":"bob"}"#)
        let header = try EventEnvelope(decoding: value).header
        for (source, isErased) in [(header.source, true), ("other", false)] {
            let erasure = Self.erasure(messages: [key.hash(ofMessage: header.messageID, from: source)])
            let replacement = RecordEraser([erasure], rules: Rules(), key: key)
                .replacement(of: Self.stored(Topic.events, value))
            #expect(replacement?.record.value == (isErased ? EventEnvelope.tombstone : nil))
        }
    }

    @Test("what was refused as an event goes too")
    func broken() {
        let eraser = RecordEraser([Self.erasure()], rules: Rules(), key: nil)
        let stored = Self.stored(Topic.events, Array(#"{"v":1,"event":"ann@example.com"}"#.utf8))
        #expect(eraser.replacement(of: stored)?.record.value == EventEnvelope.tombstone)
    }

    @Test("audit entries and withdrawals stay without the person, and what erases stays as it is")
    func control() throws {
        let eraser = RecordEraser([Self.erasure()], rules: Rules(), key: nil)
        let entry = AuditEntry(actor: "k", action: "a", subject: "user:42", status: 200, time: Self.word.time)
        let audit = eraser.replacement(of: Self.stored(Topic.control, ControlRecord.audit(entry).encoded))
        var erased = entry
        erased.subject = "erased"
        #expect(try audit.map { try ControlRecord(decoding: $0.record.value) } == .audit(erased))

        let word = Word(author: "eve", reason: "ann@example.com asked", time: Self.word.time)
        let withdrawal = ControlRecord.withdrawal(Withdrawal(id: "x", word: word))
        let kept = eraser.replacement(of: Self.stored(Topic.control, withdrawal.encoded))
        let expected = Withdrawal(id: "x", word: Word(author: "eve", reason: "erased", time: Self.word.time))
        #expect(try kept.map { try ControlRecord(decoding: $0.record.value) } == .withdrawal(expected))
        let retirement = ControlRecord.retirement(Retirement(instance: "ingest-2", word: word))
        let retired = eraser.replacement(of: Self.stored(Topic.control, retirement.encoded))
        let left = Retirement(instance: "ingest-2", word: expected.word)
        #expect(try retired.map { try ControlRecord(decoding: $0.record.value) } == .retirement(left))

        for record in [
            ControlRecord.suppression(Self.erasure().suppression),
            .forgotten(Forgotten(suppression: "s1", events: 1, messages: ["user:42"], time: Self.word.time)),
            .erased(Erased(suppression: "s1", instance: "user:42", records: [:], time: Self.word.time)),
        ] {
            #expect(eraser.replacement(of: Self.stored(Topic.control, record.encoded)) == nil)
        }
    }

    @Test("what was decided of others holds, whoever said it and why, and the person is no more told of")
    func decidedOfOthers() throws {
        var erasure = Self.erasure()
        erasure.suppression.identifiers.append(Identifier("user", "admin"))
        let eraser = RecordEraser([erasure], rules: Rules(), key: nil)
        let (bob, cyn) = (Identifier("user", "bob"), Identifier("email", "admin@cyn.example"))
        let said = Word(author: "admin", reason: "Ann@example.com knows them", time: Self.word.time)
        let left = Word(author: "erased", reason: "erased", time: Self.word.time)
        func records(_ word: Word) -> [ControlRecord] {
            [
                .decision(IdentityDecision(id: "d", verdict: .apart, left: bob, right: cyn, word: word)),
                .correction(TraitCorrection(id: "c", identifier: bob, trait: "t", value: "1", word: word)),
                .withdrawal(Withdrawal(id: "w", word: word)),
                .suppression(Suppression(id: "s2", hashes: ["h"], identifiers: [bob], profileIDs: [], word: word)),
            ]
        }
        for (record, expected) in zip(records(said), records(left)) {
            let replacement = try #require(eraser.replacement(of: Self.stored(Topic.control, record.encoded)))
            #expect(try ControlRecord(decoding: replacement.record.value) == expected)
            #expect(eraser.replacement(of: Self.stored(Topic.control, expected.encoded)) == nil)
        }
        for other in [Self.address, Identifier("card", "Ann@example.com")] {
            let decision = IdentityDecision(id: "d", verdict: .apart, left: bob, right: other, word: Self.word)
            let stored = Self.stored(Topic.control, ControlRecord.decision(decision).encoded)
            #expect(eraser.replacement(of: stored)?.record.value == Topic.tombstone(of: Topic.control))
        }
    }

    @Test("who took back what was decided of the person, and why, is said no more, also where that is gone already")
    func takenBack() throws {
        let (bob, cyn) = (Identifier("user", "bob"), Identifier("user", "cyn"))
        let hers = IdentityDecision(id: "hers", verdict: .apart, left: bob, right: Self.address, word: Self.word)
        let trait = TraitCorrection(id: "trait", identifier: Self.address, trait: "t", value: "1", word: Self.word)
        let his = IdentityDecision(id: "his", verdict: .apart, left: bob, right: cyn, word: Self.word)
        let lifted = Suppression(id: "lifted", hashes: [], identifiers: [], profileIDs: [], word: Self.word)
        let said: [ControlRecord] = [.decision(hers), .correction(trait), .decision(his), .suppression(lifted)]
        let withdrawals = ["hers", "trait", "his", "lifted", "gone"].map { Withdrawal(id: $0, word: Self.word) }
        var book = ControlBook()
        for record in said + withdrawals.map(ControlRecord.withdrawal) { book.apply(record) }

        let eraser = RecordEraser([Self.erasure()], rules: Rules(), key: nil, book: book)
        let found = withdrawals.map { withdrawal in
            eraser.replacement(of: Self.stored(Topic.control, ControlRecord.withdrawal(withdrawal).encoded))
        }
        let suppressions: [Set<String>?] = [["s1"], ["s1"], nil, nil, []]
        #expect(found.map { $0?.suppressions } == suppressions)
        let erased = Word(author: "erased", reason: "erased", time: Self.word.time)
        for (withdrawal, found) in zip(withdrawals, found) {
            guard let found else { continue }
            let rest = ControlRecord.withdrawal(Withdrawal(id: withdrawal.id, word: erased))
            #expect(try ControlRecord(decoding: found.record.value) == rest)
            #expect(eraser.replacement(of: Self.stored(Topic.control, rest.encoded)) == nil)
        }
    }

    @Test("what came in after a suppression was withdrawn stays")
    func withdrawn() {
        let word = Word(author: "eve", reason: "", time: Timestamp(microseconds: 10))
        let withdrawals = ["s1": Withdrawal(id: "s1", word: word)]
        let eraser = RecordEraser([Self.erasure()], withdrawals: withdrawals, rules: Rules(), key: nil)
        let before = Self.stored(Topic.events, Self.event(#"{"userId":42}"#, receivedAt: 9))
        let after = Self.stored(Topic.events, Self.event(#"{"userId":42}"#, receivedAt: 10))
        #expect(eraser.replacement(of: before) != nil)
        #expect(eraser.replacement(of: after) == nil)
        #expect(eraser.replacement(of: Self.stored(Topic.commands, Array("user:42".utf8))) == nil)
    }

    @Test("says for which of several suppressions it is")
    func several() {
        var bob = Self.erasure("s2")
        bob.suppression.identifiers = [Identifier("user", "bob")]
        bob.suppression.profileIDs = []
        let eraser = RecordEraser([Self.erasure(), bob], rules: Rules(), key: nil)
        #expect(
            eraser.replacement(of: Self.stored(Topic.events, Self.event(#"{"userId":"bob"}"#)))?.suppressions == ["s2"]
        )
        let both = Array(#"{"a":"user:bob","b":"user:42"}"#.utf8)
        #expect(eraser.replacement(of: Self.stored(Topic.changes, both))?.suppressions == ["s1", "s2"])
    }
}

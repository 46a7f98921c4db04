import Events
import Testing
import Topics

@Suite("What travels on the topics")
struct TopicValueTests {
    let time = Timestamp(microseconds: 1_767_225_600_000_000)

    @Test("a change reads back as it was written")
    func change() throws {
        let event = Change.Event(
            messageID: "m1",
            type: .track,
            name: "Order Completed",
            source: "shop",
            time: time,
            anchor: Identifier("email", "ada@example.com"),
            partition: "events/ingest",
            offset: 7,
            historical: true
        )
        var change = Change(
            profileID: "p",
            revision: 3,
            kind: .merged,
            formerIDs: ["q", "r"],
            events: [event],
            time: time
        )
        #expect(try Change(decoding: change.encoded) == change)
        change.historical = true
        #expect(try Change(decoding: change.encoded) == change)
    }

    @Test("a command reads back as it was written")
    func command() throws {
        let command = Command(
            id: "c",
            destination: "mail",
            rule: "welcome",
            earlierRules: ["first", "second"],
            identifier: Identifier("user", "a:b"),
            causedBy: "m1",
            payload: .object(["to": .string("ada@example.com")]),
            createdAt: time,
            notAfter: time
        )
        #expect(try Command(decoding: command.encoded) == command)
    }

    @Test("a command reads back however deep its payload is")
    func deepCommand() throws {
        var payload = JSONValue.string("ada@example.com")
        for _ in 0..<60 { payload = .array([payload]) }
        let command = Command(
            id: "c",
            destination: "crm",
            rule: "all",
            identifier: Identifier("user", "a"),
            causedBy: "m1",
            payload: .object(["body": payload]),
            createdAt: time,
            notAfter: time
        )
        #expect(try Command(decoding: command.encoded) == command)
    }

    @Test("what was forgotten reads back however many events it were, and goes to the log in small records")
    func manyForgotten() throws {
        let messages = (0..<200_000).map { "\($0)" }
        let forgotten = Forgotten(suppression: "s1", events: 7, messages: messages, time: time)
        let record = ControlRecord.forgotten(forgotten)
        #expect(try ControlRecord(decoding: record.encoded) == record)
        #expect(forgotten.parts.flatMap(\.messages) == messages)
        #expect(forgotten.parts.map(\.continues) == Array(repeating: true, count: 19) + [false])
        for part in forgotten.parts {
            let record = ControlRecord.forgotten(part)
            #expect(record.encoded.count < 500_000)
            #expect(try ControlRecord(decoding: record.encoded) == record)
            #expect(String(decoding: record.encoded, as: UTF8.self).hasPrefix(#"{"kind":"forgottenPart","#))
        }
        let few = try #require(Forgotten(suppression: "s1", events: 7, messages: ["a"], time: time).parts.first)
        let written = String(decoding: ControlRecord.forgotten(few).encoded, as: UTF8.self)
        #expect(written.hasPrefix(#"{"kind":"forgotten","#))
    }

    @Test("a dead letter reads back as it was written, with and without what is optional")
    func deadLetter() throws {
        var letter = DeadLetter(
            service: "ingest",
            code: "invalid_event",
            reason: "No id.",
            origin: "web",
            time: time,
            payload: "{\"a\":1}"
        )
        #expect(try DeadLetter(decoding: letter.encoded) == letter)
        letter.userNamespace = "crm.contact"
        letter.messageID = "m"
        letter.position = "events/ingest@4"
        letter.replayTopic = "events"
        #expect(try DeadLetter(decoding: letter.encoded) == letter)
    }

    @Test("each control record reads back as it was written")
    func control() throws {
        let key = GrantedKey(
            id: "k1",
            scope: .write,
            source: "web",
            userNamespace: "crm",
            hash: "00ff",
            createdAt: time
        )
        let entry = AuditEntry(actor: "k2", action: "keys.create", subject: "k1", status: 200, time: time)
        for record in [ControlRecord.key(key), .keyRevoked(id: "k1", at: time), .audit(entry)] {
            #expect(try ControlRecord(decoding: record.encoded) == record)
        }
    }

    @Test("what people decided reads back as it was written", arguments: decisionRecords)
    func decided(record: ControlRecord) throws {
        #expect(try ControlRecord(decoding: record.encoded) == record)
    }

    @Test("unknown fields are passed over, and what is missing or wrong is named")
    func errors() {
        #expect(throws: TopicError.missing("id")) {
            try ControlRecord(decoding: Array(#"{"kind":"keyRevoked","new":1}"#.utf8))
        }
        #expect(throws: TopicError.invalid("kind", "other")) {
            try ControlRecord(decoding: Array(#"{"kind":"other"}"#.utf8))
        }
    }
}

private let decisionRecords: [ControlRecord] = {
    let word = Word(author: "eve", reason: "I know \u{201C}them\u{201D}", time: Timestamp(microseconds: 5_000_000))
    let (one, other) = (Identifier("email", "a:b@example.com"), Identifier("user", "7"))
    return [
        .decision(IdentityDecision(id: "d1", verdict: .apart, left: one, right: other, word: word)),
        .correction(TraitCorrection(id: "c1", identifier: one, trait: "age", value: "2.10", word: word)),
        .correction(TraitCorrection(id: "c3", identifier: one, trait: "x", value: "null", word: word)),
        .correction(TraitCorrection(id: "c2", identifier: one, trait: "x", value: #"{"a":[null]}"#, word: word)),
        .suppression(
            Suppression(id: "s1", hashes: ["00ff"], identifiers: [one, other], profileIDs: ["abc"], word: word)
        ),
        .suppression(Suppression(id: "s1", hashes: ["00ff"], identifiers: [], profileIDs: [], word: word)),
        .suppression(
            Suppression(id: "s1", hashes: [], foldedHashes: ["11"], identifiers: [one], profileIDs: [], word: word)
        ),
        .suppression(
            Suppression(id: "s2", hashes: ["00ff"], identifiers: [one], profileIDs: [], isAlone: true, word: word)
        ),
        .forgotten(Forgotten(suppression: "s1", events: 3, messages: ["00ff"], time: word.time)),
        .forgotten(Forgotten(suppression: "s1", events: 3, messages: [], rules: "", time: word.time)),
        .forgotten(Forgotten(suppression: "s1", events: 3, messages: [], rules: "country: \"KR\"\n", time: word.time)),
        .erased(Erased(suppression: "s1", instance: "ingest", records: ["events": 2], time: word.time)),
        .retirement(Retirement(instance: "ingest-2", word: word)),
        .withdrawal(Withdrawal(id: "d1", word: word)),
    ]
}()

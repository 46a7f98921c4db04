import Events
import MessageLog
import Testing
import Topics

@testable import NotifierService

@Suite("The notifier")
struct NotifierTests {
    private static let thanks = """
        rules:
          - name: thanks
            on: {event: Order Completed}
            to: mail
            email:
              subject: Thank you, {{profile.traits.name}}
              text: You paid {{event.properties.total}}.
        """

    @Test("sends what the rule says, for the event that set it off")
    func sends() async throws {
        let bench = try Workbench(rules: Self.thanks)
        try await bench.happens("1")
        try await bench.settle()
        let command = try #require(try await bench.commands().first)
        #expect(command.destination == "mail")
        #expect(command.rule == "thanks")
        #expect(command.causedBy == "1")
        #expect(command.identifier == Identifier("email", "ada@example.com"))
        #expect(command.payload == ["to": "ada@example.com", "subject": "Thank you, Ada", "text": "You paid 12.50."])
        await bench.remove()
    }

    @Test("says how far it has come, although who read before had ended without saying it", .timeLimit(.minutes(5)))
    func saysHowFar() async throws {
        let bench = try Workbench(rules: Self.thanks)
        try await bench.happens("1")
        let read = [Partition(topic: Topic.changes, name: "world"): Offset(1)]
        try await bench.settle { try await bench.progress() == read }
        try await bench.log.record(progress: read.mapValues { _ in 0 }, of: "notifier", in: Topic.changes)
        try await bench.settle { try await bench.progress() == read }
        await bench.remove()
    }

    @Test("sends messages that are too large for one append together")
    func sendsLarge() async throws {
        let large = AnsweringProfiles.ada.replacing("Ada", with: String(repeating: "a", count: 400 << 10))
        let body = "{body: {name: '{{profile.traits.name}}'}}"
        let bench = try Workbench(
            rules: "rules:\n- {name: tell, on: {event: Order Completed}, to: hook, webhook: \(body)}\n",
            profiles: AnsweringProfiles([.json(large)])
        )
        for number in 0..<100 { try await bench.happens("\(number)") }
        try await bench.settle()
        #expect(try await bench.commands().count == 100)
        await bench.remove()
    }

    @Test("sends once for the same rule, identifier and event, however often it is told")
    func sendsOnce() async throws {
        let bench = try Workbench(rules: Self.thanks)
        try await bench.happens("1")
        try await bench.happens("1")
        try await bench.happens("2")
        try await bench.settle()
        try await bench.happens("1")
        try await bench.settle()
        #expect(try await bench.commands().map(\.causedBy) == ["1", "2"])
        #expect(Set(try await bench.commands().map(\.id)).count == 2)
        await bench.remove()
    }

    @Test("answers no outcome of a message that the rule has sent, or led to")
    func answersOthers() async throws {
        let rules = ["tell", "repeat", "third"].map { name in
            "  - {name: \(name), on: {event: Message Failed}, to: ops, webhook: {body: {rule: '{{rule}}'}}}\n"
        }
        let bench = try Workbench(rules: "rules:\n" + rules.joined())
        let outcome = #"{"commandId":"c","rule":"repeat","earlierRules":["tell"]}"#
        try await bench.happens("1", name: "Message Failed", properties: outcome)
        // An event of somebody else's that has a rule of its own.
        try await bench.happens("2", name: "Message Failed", properties: #"{"rule":"tell"}"#)
        try await bench.settle()
        let commands = try await bench.commands()
        #expect(commands.map { "\($0.causedBy) \($0.rule)" } == ["1 third", "2 tell", "2 repeat", "2 third"])
        #expect(commands.map(\.earlierRules) == [["tell", "repeat"], [], [], []])
        #expect(try await bench.deadLetters().isEmpty)
        await bench.remove()
    }

    @Test("takes nobody for new of whom what became of a message is read first, as by a store that was put back")
    func knowsWhoWasWrittenTo() async throws {
        let rules = "rules:\n  - {name: new, on: {firstSeen: true}, to: ops, webhook: {body: {rule: '{{rule}}'}}}\n"
        let bench = try Workbench(rules: rules)
        let outcome = #"{"commandId":"c","rule":"thanks"}"#
        try await bench.happens("1", name: "Message Sent", kind: .created, properties: outcome)
        try await bench.happens("2", kind: .created)
        try await bench.settle()
        #expect(try await bench.commands().map(\.causedBy) == ["2"])
        await bench.remove()
    }

    @Test("waits while profile does not answer, and loses nothing")
    func waits() async throws {
        let silence = ProfileAnswer.unavailable(reason: "off")
        let bench = try Workbench(
            rules: Self.thanks,
            profiles: AnsweringProfiles([silence, silence, .json(AnsweringProfiles.ada)])
        )
        try await bench.happens("1")
        try await bench.happens("2")
        try await bench.settle()
        #expect(try await bench.commands().map(\.causedBy) == ["1", "2"])
        #expect(bench.profiles.count == 4)
        await bench.remove()
    }

    @Test("puts a message without a recipient among the dead letters, from where it can be replayed")
    func deadLetter() async throws {
        let bench = try Workbench(
            rules: Self.thanks,
            profiles: AnsweringProfiles([.json(AnsweringProfiles.nameless)])
        )
        try await bench.happens("1")
        try await bench.settle()
        let letter = try #require(try await bench.deadLetters().first)
        #expect(letter.code == "missing_recipient")
        #expect(letter.origin == "thanks")
        #expect(letter.messageID == "1")
        #expect(letter.replayTopic == Topic.changes)
        #expect(letter.position == "changes/world@0")

        bench.profiles.answer(.json(AnsweringProfiles.ada))
        try await bench.changes(Array(letter.payload.utf8))
        try await bench.settle()
        #expect(try await bench.commands().map(\.causedBy) == ["1"])
        await bench.remove()
    }

    @Test(
        "says so when there is no profile, or one that is too large, and goes on",
        arguments: [(ProfileAnswer.notFound, "profile_not_found"), (.tooLarge, "profile_too_large")]
    )
    func noProfile(answer: ProfileAnswer, code: String) async throws {
        let bench = try Workbench(rules: Self.thanks, profiles: AnsweringProfiles([answer]))
        try await bench.happens("1")
        try await bench.settle()
        #expect(try await bench.deadLetters().map(\.code) == [code])
        await bench.remove()
    }

    @Test("asks again for a profile that is not found: after a rebuild not all members read the new store at once")
    func notFoundYet() async throws {
        let bench = try Workbench(
            rules: Self.thanks,
            profiles: AnsweringProfiles([.notFound, .notFound, .json(AnsweringProfiles.ada)])
        )
        try await bench.happens("1")
        try await bench.settle()
        #expect(try await bench.commands().map(\.causedBy) == ["1"])
        #expect(try await bench.deadLetters().isEmpty && bench.profiles.count == 3)
        await bench.remove()
    }

    @Test("writes to whose turn on a device it was, which itself is nobody's")
    func writesToWhoseTurnItWas() async throws {
        let device = #"{"id":"d","traits":{},"identifiers":[{"namespace":"anonymous","value":"tablet","shared":true}]}"#
        let ada = AnsweringProfiles.ada.replacing(
            "\"identifiers\":[",
            with: #""identifiers":[{"namespace":"anonymous","value":"tablet","shared":false},"#
        )
        let bench = try Workbench(rules: Self.thanks, profiles: AnsweringProfiles([.json(device), .json(ada)]))
        try await bench.happens("1", to: Identifier("anonymous", "tablet"))
        try await bench.settle()
        let commands = try await bench.commands()
        #expect(commands.map { $0.payload["to"] } == ["ada@example.com"])
        // By the time that it is delivered it may be another one's turn.
        #expect(commands.map(\.identifier) == [Identifier("email", "ada@example.com")])
        #expect(try await bench.deadLetters().isEmpty && bench.profiles.count == 2)
        await bench.remove()
    }

    @Test("writes to somebody who is known, not to their device, which may be another one's by the time of the outcome")
    func writesToNoDevice() async throws {
        let ada = AnsweringProfiles.ada.replacing(
            "\"identifiers\":[",
            with: #""identifiers":[{"namespace":"anonymous","value":"tablet","shared":false},"#
        )
        let bench = try Workbench(rules: Self.thanks, profiles: AnsweringProfiles([.json(ada)]))
        try await bench.happens("1", to: Identifier("anonymous", "tablet"))
        try await bench.settle()
        #expect(try await bench.commands().map(\.identifier) == [Identifier("email", "ada@example.com")])
        await bench.remove()
    }

    @Test("tells nobody of a device's event who does not have it")
    func tellsNobodyElse() async throws {
        let device = #"{"id":"d","traits":{},"identifiers":[{"namespace":"anonymous","value":"tablet","shared":true}]}"#
        let profiles = AnsweringProfiles([.json(device), .json(AnsweringProfiles.ada)])
        let bench = try Workbench(rules: Self.thanks, profiles: profiles)
        try await bench.happens("1", to: Identifier("anonymous", "tablet"))
        try await bench.settle()
        #expect(try await bench.deadLetters().map(\.code) == ["missing_recipient"])
        await bench.remove()
    }

    @Test("takes of several identifiers the one that the trait of that name holds, also with capital letters in it")
    func statedIdentifier() async throws {
        let profile = """
            {"id":"p","traits":{"crm":"A-1"},"identifiers":[
            {"namespace":"crm","value":"A-1","lastSeen":"2026-01-01T00:00:00Z","shared":false},
            {"namespace":"crm","value":"B-2","lastSeen":"2026-01-02T00:00:00Z","shared":false}]}
            """
        let body = "{body: {who: '{{identifiers.crm}}'}}"
        let bench = try Workbench(
            rules: "rules:\n- {name: tell, on: {event: Order Completed}, to: hook, webhook: \(body)}\n",
            profiles: AnsweringProfiles([.json(profile)])
        )
        try await bench.happens("1")
        try await bench.settle()
        #expect(try await bench.commands().map(\.payload) == [["body": ["who": "A-1"]]])
        await bench.remove()
    }

    @Test("takes of several phone numbers the one that the trait holds, however that was typed")
    func statedNumber() async throws {
        let profile = """
            {"id":"p","traits":{"phone":"+82 10-1234-5678"},"identifiers":[
            {"namespace":"phone","value":"+821012345678","lastSeen":"2026-01-01T00:00:00Z","shared":false},
            {"namespace":"phone","value":"+821087654321","lastSeen":"2026-01-02T00:00:00Z","shared":false}]}
            """
        let body = "{body: {who: '{{identifiers.phone}}'}}"
        let bench = try Workbench(
            rules: "rules:\n- {name: tell, on: {event: Order Completed}, to: hook, webhook: \(body)}\n",
            profiles: AnsweringProfiles([.json(profile)])
        )
        try await bench.happens("1")
        try await bench.settle()
        #expect(try await bench.commands().map(\.payload) == [["body": ["who": "+821012345678"]]])
        await bench.remove()
    }

    @Test("goes on behind a record that it cannot read")
    func unreadable() async throws {
        let bench = try Workbench(rules: Self.thanks)
        try await bench.changes(Array("no json".utf8))
        try await bench.happens("1")
        try await bench.settle()
        #expect(try await bench.deadLetters().map(\.code) == ["invalid_change"])
        #expect(try await bench.commands().map(\.causedBy) == ["1"])
        await bench.remove()
    }

    @Test("sends nothing that would come too late")
    func expired() async throws {
        let bench = try Workbench(rules: Self.thanks)
        try await bench.happens("1", at: Timestamp(microseconds: 1_000_000))
        try await bench.settle()
        #expect(try await bench.commands().isEmpty)
        #expect(try await bench.deadLetters().map(\.code) == ["expired"])
        await bench.remove()
    }

    @Test("sends nothing again after its store was lost")
    func lostStore() async throws {
        let bench = try Workbench(rules: Self.thanks)
        try await bench.happens("1")
        try await bench.settle()
        try bench.loseStore()
        try await bench.happens("1")
        try await bench.happens("2")
        try await bench.settle()
        #expect(try await bench.commands().map(\.causedBy) == ["1", "2"])
        await bench.remove()
    }

    @Test("reads from its beginning what was begun anew while its store was lost, whatever it had told before")
    func begunAnew() async throws {
        let bench = try Workbench(rules: Self.thanks)
        for message in ["1", "2"] { try await bench.happens(message) }
        let status = try #require(try await bench.log.partitions(of: Topic.changes).first)
        try await bench.log.record(progress: [status.partition: 3], of: "notifier", in: Topic.changes)
        try await bench.settle()
        #expect(try await bench.commands().map(\.causedBy) == ["1", "2"])
        await bench.remove()
    }

    @Test(
        "sends nothing again with a store from before, and what that one's successor had not published",
        // So many more changes it has told of than the log shows, as may be after a power cut.
        arguments: [0, 2] as [Offset]
    )
    func formerStore(hidden: Offset) async throws {
        let bench = try Workbench(rules: Self.thanks)
        try await bench.happens("1")
        try await bench.settle()
        try bench.keepStore()
        for message in ["2", "3"] { try await bench.happens(message) }
        try await bench.settle()
        try await bench.happens("4")
        // As if it had read that and ended before it published anything.
        let status = try #require(try await bench.log.partitions(of: Topic.changes).first)
        let told = [status.partition: status.head + hidden]
        try await bench.log.record(progress: told, of: "notifier", in: Topic.changes)
        try bench.returnToKeptStore()
        try await bench.settle()
        #expect(try await bench.commands().map(\.causedBy) == ["1", "2", "3", "4"])
        // Whoever takes the next number takes none that the log has.
        try await bench.happens("5")
        try await bench.settle()
        #expect(try await bench.commands().map(\.causedBy) == ["1", "2", "3", "4", "5"])
        await bench.remove()
    }

    @Test("publishes once what was appended before a crash could note it")
    func crashAfterAppend() async throws {
        let bench = try Workbench(rules: Self.thanks)
        try await bench.happens("1")
        let store = try bench.store()
        let status = try #require(try await bench.log.partitions(of: Topic.changes).first)
        let command = Command(
            id: "x",
            destination: "mail",
            rule: "thanks",
            identifier: Identifier("email", "a@b.example"),
            causedBy: "0",
            payload: [:],
            createdAt: Timestamp(microseconds: 0),
            notAfter: Timestamp(microseconds: 0)
        )
        try await store.commit(
            HandledBatch(
                partition: status.partition,
                epoch: status.epoch,
                from: 0,
                next: 0,
                commands: [command],
                time: Timestamp(microseconds: 0)
            )
        )
        let batch = try #require(try await store.nextBatch(limit: 10))
        _ = try await bench.log.append(batch.records, to: batch.topic, sequence: batch.sequence)
        try await bench.settle()
        #expect(try await bench.commands().map(\.causedBy) == ["0", "1"])
        await bench.remove()
    }

    @Test("refuses a store that has read further than the log goes, or another log")
    func wrongLog() async throws {
        let bench = try Workbench(rules: Self.thanks)
        try await bench.happens("1")
        let status = try #require(try await bench.log.partitions(of: Topic.changes).first)
        #expect(throws: StoreError.aheadOfLog(partition: "world")) {
            try Position(epoch: status.epoch, next: 2).check(against: status)
        }
        #expect(throws: StoreError.otherLog(partition: "world")) {
            try Position(epoch: .random(), next: 0).check(against: status)
        }
        await bench.remove()
    }

    @Test("changes nothing when another process has read on with its store")
    func fenced() async throws {
        let bench = try Workbench(rules: Self.thanks)
        try await bench.happens("1")
        let store = try bench.store()
        let status = try #require(try await bench.log.partitions(of: Topic.changes).first)
        func batch(from: Offset, next: Offset) -> HandledBatch {
            HandledBatch(
                partition: status.partition,
                epoch: status.epoch,
                from: from,
                next: next,
                time: Timestamp(microseconds: 0)
            )
        }
        try await store.commit(batch(from: 0, next: 1))
        await #expect(throws: StoreError.movedOn(partition: "world")) {
            try await store.commit(batch(from: 0, next: 1))
        }
        #expect(try await store.positions()[status.partition]?.next == 1)
        await bench.remove()
    }
}

@Suite("Patience")
struct PatienceTests {
    @Test(
        "grows to half a minute",
        arguments: [(1, 100), (2, 200), (3, 400), (9, 25_600), (10, 30_000), (1000, 30_000)]
    )
    func grows(attempt: Int, milliseconds: Int) {
        #expect(Patience.pause(attempt: attempt) == .milliseconds(milliseconds))
    }
}

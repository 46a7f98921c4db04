import Events
import Foundation
import Identity
import MessageLog
import ServiceKit
import TestKit
import Testing
import Topics

@Suite("Forgetting by rules that are not those of the file")
struct OtherRulesTests {
    private static let word = Word(author: "eve", reason: "so", time: Timestamp(microseconds: 1))
    private let log = InMemoryLog(producer: "ingest")
    private let key: SuppressionKey
    private let control: ControlFollower

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "kith-rules-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        key = try SuppressionKey.load(in: url.path)
        control = ControlFollower(log: log, key: key, readiness: Readiness())
    }

    private static func rules(folding: Bool) -> Rules {
        var rules = Rules()
        rules.foldsMailboxes = folding
        return rules
    }

    /// Puts on the log that the person with a mail address is forgotten, by rules that fold mailboxes or do not.
    private func forget(_ address: String, folding: Bool, as id: String = "s1") async throws {
        let identifiers = [Identifier("email", address)]
        let suppression = Suppression(
            id: id,
            hashes: identifiers.map(key.hash),
            foldedHashes: key.foldedHashes(of: identifiers, by: Self.rules(folding: folding)),
            identifiers: identifiers,
            profileIDs: [],
            word: Self.word
        )
        let forgotten = Forgotten(
            suppression: id,
            events: 1,
            messages: [],
            rules: folding ? "foldMailboxes: true\n" : "",
            time: Self.word.time
        )
        try await say(.suppression(suppression), .forgotten(forgotten))
    }

    private func say(_ records: ControlRecord...) async throws {
        _ = try await log.append(records.map { $0.record(at: Self.word.time) }, to: Topic.control)
    }

    /// Does something once all is known that is on the log.
    private func following(_ body: () async throws -> Void) async throws {
        let task = Task { [control] in try await control.run() }
        await control.isKnown()
        try await body()
        task.cancel()
    }

    private func values(of topic: String) async throws -> [String] {
        let lane = Partition(topic: topic, name: "ingest")
        return try await log.read(lane, from: 0, maxRecords: 100, maxBytes: 1 << 20).map {
            String(decoding: $0.record.value, as: UTF8.self)
        }
    }

    private static func records(_ addresses: String...) -> [Record] {
        addresses.map { address in
            let event = RecordEraserTests.event(#"{"anonymousId":"x","traits":{"email":"\#(address)"}}"#)
            return Record(value: event, timestamp: 10)
        }
    }

    @Test(
        "who was forgotten does not come in when the file folds mailboxes since, or does so no more",
        arguments: [true, false]
    )
    func gate(folding: Bool) async throws {
        try await forget(folding ? "bob@gmail.com" : "b.o.b@gmail.com", folding: folding)
        let now = Self.rules(folding: !folding)
        let gate = SuppressionGate(control: control) { now }
        let command = Command(
            id: "c",
            destination: "mail",
            rule: "r",
            identifier: Identifier("email", "b.o.b@gmail.com"),
            causedBy: "m",
            payload: [:],
            createdAt: Self.word.time,
            notAfter: Self.word.time
        )
        try await following {
            let hers = Self.records("b.o.b@gmail.com", "B.O.B@gmail.com", "bob@gmail.com")
            let others = Self.records("bo.bs@gmail.com", "b.o.b@example.com")
            let sifted = await gate.sifted(hers + others, to: Topic.events)
            #expect(sifted.dropped == hers)
            #expect(sifted.records == others)
            #expect(await gate.isSuppressed(command))
        }
    }

    @Test("another spelling of the mailbox comes in for as long as no rules fold mailboxes")
    func spelling() async throws {
        try await forget("b.o.b@gmail.com", folding: false)
        let gate = SuppressionGate(control: control) { Rules() }
        try await following {
            let sifted = await gate.sifted(Self.records("bob@gmail.com", "b.o.b@gmail.com"), to: Topic.events)
            #expect(sifted.records == Self.records("bob@gmail.com"))
        }
    }

    @Test("by the rules from when one person was forgotten nobody is known who was forgotten by others")
    func others() async throws {
        try await forget("zed@gmail.com", folding: true)
        try await forget("ann@gmail.com", folding: false, as: "s2")
        let gate = SuppressionGate(control: control) { Rules() }
        try await following {
            let theirs = Self.records("z.ed@gmail.com", "ann@gmail.com")
            let sifted = await gate.sifted(theirs + Self.records("a.nn@gmail.com"), to: Topic.events)
            #expect(sifted.dropped == theirs)
            #expect(sifted.records == Self.records("a.nn@gmail.com"))
            let letters = ["a.nn@gmail.com", "z.ed@gmail.com"].map { address in
                DeadLetter(
                    service: "ingest",
                    code: "c",
                    reason: "r",
                    origin: "web",
                    time: Self.word.time,
                    payload: address
                ).record(at: Self.word.time)
            }
            #expect(await gate.sifted(letters, to: Topic.deadLetters).records == [letters[0]])
        }
    }

    @Test("the log is cleaned by the rules that the store went by, whatever the file says")
    func erases() async throws {
        let bodies = [
            #"{"anonymousId":"x","traits":{"email":"B.O.B@gmail.com"}}"#,
            #"{"userId":"ann","traits":{"email":"b.ob@googlemail.com"}}"#,
            #"{"userId":"ann","traits":{"email":"ann@gmail.com"}}"#,
        ]
        let events = bodies.map { Record(value: RecordEraserTests.event($0), timestamp: 10) }
        _ = try await log.append(events, to: Topic.events)
        let address = Identifier("email", "b.o.b@gmail.com")
        // It was decided before the rules folded mailboxes.
        try await say(
            .correction(TraitCorrection(id: "c", identifier: address, trait: "t", value: "1", word: Self.word))
        )
        try await forget("bob@gmail.com", folding: true)
        let eraser = LaneEraser(
            log: log,
            instance: "ingest",
            control: control,
            pauses: .init(settling: .zero, retry: .milliseconds(1)),
            rules: { throw MessageLogError.full }
        )
        try await following { try await eraser.eraseOnce() }
        let left = [#"{"userId":"ann","traits":{}}"#, bodies[2]].map { body in
            String(decoding: RecordEraserTests.event(body), as: UTF8.self)
        }
        #expect(try await values(of: Topic.events) == [#"{"v":1,"erased":true}"#] + left)
        #expect(try await values(of: Topic.control).first == #"{"erased":true}"#)
        #expect(control.book.erasures["s1"]?.erased["ingest"]?.records == ["events": 2, "control": 1])
    }
}

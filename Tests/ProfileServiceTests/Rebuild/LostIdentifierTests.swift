import Events
import Identity
import MessageLog
import Store
import Testing
import Topics

@testable import ProfileService

@Suite("Identifiers that are there no more after a rebuild", .onBothEngines)
struct LostIdentifierTests {
    /// Rules by which a mailbox has one spelling.
    private static var folding: Rules {
        var rules = Rules()
        rules.foldsMailboxes = true
        return rules
    }

    /// A world in which a mail address has founded somebody's profile, and that one's id.
    private func world() async throws -> (world: RebuildWorld, id: String) {
        let world = try RebuildWorld()
        try await world.send([.mail("m1", at: 1, user: "ann", address: "a.nn@gmail.com")])
        try await world.settle()
        return (world, try #require(try world.graph()["user:ann"]).id)
    }

    @Test("have given ids that lead to who has the rest of the profile, and others are told so")
    func led() async throws {
        let (world, id) = try await world()
        let told = try await world.changes().count
        let report = try await world.rebuild(by: Self.folding).report
        #expect(report?.counts.renamed == 1)
        let present = try #require(try world.graph()["user:ann"]).id
        #expect(present != id)
        #expect(try world.found(by: id) == present)
        let news = try await world.changes().dropFirst(told)
        #expect(news.map(\.profileID) == [present])
        #expect(news.map(\.formerIDs) == [[id]])
        #expect(try world.histories()[present] == "2 [\"\(id)\"]")
    }

    @Test("have given ids that lead on after more rebuilds, and lead to their identifiers once these are there again")
    func ledOn() async throws {
        let (world, id) = try await world()
        try await world.rebuild(by: Self.folding)
        let folded = try #require(try world.graph()["user:ann"]).id
        try await world.next()
        var rules = Self.folding
        rules.namespaces[Namespace.email]?.junk = ["ann@gmail.com"]
        try await world.rebuild(by: rules)
        let last = try #require(try world.graph()["user:ann"]).id
        #expect(Set([id, folded, last]).count == 3)
        #expect(try world.found(by: id) == last)
        #expect(try world.found(by: folded) == last)
        try await world.next()
        try await world.rebuild(by: Rules())
        #expect(try world.graph()["user:ann"]?.id == id)
        #expect(try world.found(by: id) == id)
        #expect(try world.found(by: folded) == id)
    }

    @Test("are told of with a greater revision once they are there again")
    func toldAgain() async throws {
        let world = try RebuildWorld()
        let spelled = #"{"traits":{"email":"a.nn@gmail.com"}}"#
        try await world.send([
            .mail("m1", at: 1, user: "ann", address: "ann@gmail.com"), TestEvent("m2", at: 2, .identify, spelled),
        ])
        try await world.settle()
        try await world.send([TestEvent("m3", at: 3, .identify, spelled)])
        try await world.process.consumer.drain()
        let id = try #require(try world.graph()["email:a.nn@gmail.com"]).id
        try await world.rebuild(by: Self.folding)
        #expect(try world.found(by: id) == nil)
        try await world.next()
        try await world.rebuild(by: Rules())
        #expect(try world.found(by: id) == id)
        let told = try await world.changes().filter { $0.profileID == id }.map(\.revision)
        #expect(told.count == 3)
        #expect(told == Set(told).sorted())
    }

    @Test("lead to the device, where they were somebody's time on it and that was a profile by itself")
    func timesOnDevices() async throws {
        let world = try RebuildWorld()
        try await world.send([
            .login("m1", at: 1, user: "ann", device: "d"), .login("m2", at: 2, user: "bob", device: "d"),
        ])
        try await world.settle()
        let (user, device) = (Identifier("user", "ann"), Identifier("anonymous", "d"))
        let word = Word(author: "eve", reason: "so", time: Timestamp(microseconds: 1))
        try await world.decide(
            .decision(IdentityDecision(id: "dec", verdict: .apart, left: user, right: device, word: word))
        )
        try await world.process.consumer.drain()
        let part = try #require(try world.graph().profiles.first { $0.members == ["anonymous:d@ann"] })
        #expect(try world.found(by: part.id) == part.id)
        var rules = Rules()
        rules.namespaces[Namespace.anonymous]?.shareThreshold = 1
        try await world.rebuild(by: rules)
        let shared = try #require(try world.graph()["anonymous:d"])
        #expect(shared.isShared)
        #expect(try world.found(by: part.id) == shared.id)
        // Once there are such times again, it is theirs.
        try await world.next()
        try await world.rebuild(by: Rules())
        #expect(try world.found(by: part.id) == part.id)
    }

    @Test("leave nothing behind of who is forgotten")
    func forgotten() async throws {
        let (world, id) = try await world()
        try await world.rebuild(by: Self.folding)
        try await world.next()
        #expect(try world.heirs() == 1)
        let suppression = try PipelineWorld.suppression(of: id, in: world.process.inUse.view, key: world.key)
        let record = ControlRecord.suppression(suppression).record(at: Timestamp(microseconds: 1))
        _ = try await world.log.append([record], to: Topic.control)
        for _ in 0..<2 { try await world.process.consumer.drain() }
        #expect(try world.graph()["user:ann"] == nil)
        #expect(try world.heirs() == 0)
    }

    @Test("come first in an example, however many others there are")
    func examples() async throws {
        let world = try RebuildWorld()
        let events = (1...12).map { number in
            TestEvent.mail("m\(number)", at: Int64(number), user: "ann", address: "a\(number)@shop.example")
        }
        try await world.send(events)
        try await world.settle()
        var rules = Rules()
        rules.namespaces[Namespace.email]?.junk = ["a12@shop.example"]
        let report = try #require(try await world.rebuild(by: rules, dryRun: true).report)
        let example = try #require(report.examples[.identifiersChanged]?.first)
        #expect(example.before.first?.identifiers.first == "email:a12@shop.example")
        #expect(example.after.first?.identifiers.contains("email:a12@shop.example") == false)
    }
}

extension RebuildWorld {
    /// The next process, once it has taken in all there is.
    fileprivate func next() async throws {
        try restart()
        try await settle()
    }

    /// The id of the profile that an id leads to now.
    fileprivate func found(by id: String) throws -> String? {
        let view = process.inUse.view
        return try view.reader.read { db in
            guard let profile = try view.lookup.profile(.id(id), in: db) else { return nil }
            return try ProfileView(profile, in: db)?.id
        }
    }

    /// How many ids are known that lead to others' identifiers.
    fileprivate func heirs() throws -> Int64 {
        try process.inUse.view.reader.read { try $0.value("SELECT count(*) FROM heir") ?? 0 }
    }
}

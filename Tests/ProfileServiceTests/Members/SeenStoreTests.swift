import Events
import Identity
import IdentityRules
import Store
import TestKit
import Testing

@testable import ProfileService

@Suite("Finding the store in use from outside", .serialized)
struct SeenStoreTests {
    @Test("it is the whole one with the greatest number, as soon as it is that")
    func seeing() async throws {
        let cluster = try PostgreSQLCluster()
        try await cluster.start()
        let places = StoreSchemas(address: cluster.address)
        let other = try await PostgreSQLStore(cluster.address, schema: "kith_profile_members", migrations: [])
        #expect(try await other.read { try places.seen(in: $0) } == nil)
        let opened = try places.open(orNewBy: .others)
        let seen = try #require(try await other.read { try places.seen(in: $0) })
        #expect(seen.number == 1 && seen.rules == Rules.others.canonicalText)
        let view = try await places.view(of: seen)
        #expect(view.rules.rules == .others)
        #expect(try await seen.secret == view.reader.read { try Meta.bytes("secret", in: $0) })

        let request = RebuildRequest(rules: Rules(), isDryRun: false, startedAt: .earliest)
        let next = try Construction.lay(request, at: 2, in: places, secret: opened.live.secret())
        #expect(try await other.read { try places.seen(in: $0) } == seen)
        try await next.write { try Meta.remove("rebuild", in: $0) }
        #expect(try await other.read { try places.seen(in: $0)?.number } == 2)

        // A newer version may have been at it, whose steps this one can work beside, or not.
        func note(_ step: String) async throws {
            _ = try await next.write { try $0.execute("INSERT INTO kith_migration (name) VALUES (?)", [step]) }
        }
        try await note("later (compatible)")
        #expect(try await other.read { try places.seen(in: $0)?.number } == 2)
        try await note("last")
        await #expect(throws: StoreError.newer(store: "kith_profile_2")) {
            try await other.read { try places.seen(in: $0) }
        }

        // A store of an older form is for who may change it.
        for store in [next, opened.live.store] {
            _ = try await store.write { try $0.execute("DELETE FROM kith_migration") }
        }
        #expect(try await other.read { try places.seen(in: $0) } == nil)
        cluster.stop()
    }

    @Test("what others may read yet is not removed when it is opened again, but what was never in use is")
    func former() async throws {
        let cluster = try PostgreSQLCluster()
        try await cluster.start()
        let places = StoreSchemas(address: cluster.address)
        try keepFormer(in: places)
        #expect(try places.numbers() == [1, 2, 3])
        try keepNone(in: places)
        #expect(try places.numbers() == [2, 3])
        cluster.stop()
    }

    private func keepFormer(in places: StoreSchemas) throws {
        let secret = try places.open(orNewBy: Rules()).live.secret()
        for number in [2, 3] {
            try places.open(number, for: .service).write { db in
                try Meta.set("secret", secret, in: db)
                if number == 3 { try Meta.set("rebuild", "", in: db) }
            }
        }
        let opened = try places.open(orNewBy: Rules(), keepsFormer: true)
        #expect(opened.live.number == 2 && opened.unfinished == 3 && opened.former == [1])
    }

    private func keepNone(in places: StoreSchemas) throws {
        _ = try places.open(4, for: .service)
        #expect(try places.open(orNewBy: Rules()).former.isEmpty)
    }
}

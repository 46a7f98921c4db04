import Curl
import Events
import Testing

@testable import ConnectorKit

@Suite("An access token")
struct TokenKeeperTests {
    private func keeper(_ surroundings: Surroundings) throws -> TokenKeeper {
        let scope = Scope(settings: .null, now: surroundings.now())
        let http = try #require(try Manifest(name: "shop", login).http).withLogin(in: scope)
        return TokenKeeper(http, settings: ["token": "r1"], surroundings, farewell: .milliseconds(20))
    }

    @Test("is not waited for by whoever is cut off, but got for the others", .timeLimit(.minutes(5)))
    func isLeft() async throws {
        let world = World(.token("a1", refresh: "r2"), .token("a2", refresh: "r3"))
        let (asked, asking) = AsyncStream<Void>.makeStream()
        let (answered, answer) = AsyncStream<Void>.makeStream()
        var surroundings = world.surroundings
        let send = surroundings.send
        surroundings.send = { request async throws(CurlError) -> HTTPResponse in
            asking.finish()
            for await _ in answered {}
            return try await send(request)
        }
        let keeper = try keeper(surroundings)
        let first = Task { try await keeper.token() }
        for await _ in asked {}
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        let second = Task { try await keeper.token() }
        answer.finish()
        #expect(try await second.value["access_token"] == "a1")
        #expect(world.forms.count == 1)
        #expect(await world.vault.value("oauth2")?["token"]?["refresh_token"] == "r2")
    }

    @Test("is not used before it is kept, and kept as soon as there is room for it")
    func isKept() async throws {
        let world = World(.token("a1", refresh: "r2"), .token("a2", refresh: "r3"))
        var surroundings = world.surroundings
        surroundings.vault = FullVault(world.vault)
        let keeper = try keeper(surroundings)
        await #expect(throws: FullVault.IsFull.self) { try await keeper.token() }
        #expect(try await keeper.token()["access_token"] == "a1")
        #expect(world.forms.count == 1)
        #expect(await world.vault.value("oauth2")?["token"]?["refresh_token"] == "r2")
    }

    @Test("is used by nobody who is cut off")
    func isNotUsed() async throws {
        for manifest in [shop, login] {
            let world = World(.token("a1"), .page([]))
            let source = try world.source(manifest)
            let run = Task {
                while !Task.isCancelled { await Task.yield() }
                try await source.read(from: nil) { _ in }
            }
            run.cancel()
            await #expect(throws: CancellationError.self) { try await run.value }
            #expect(!world.addresses.contains("/customers"))
        }
    }
}

/// A vault that has no room for what it is given first.
private actor FullVault: Vault {
    struct IsFull: Error {}

    private let vault: MemoryVault
    private var isFull = true

    init(_ vault: MemoryVault) {
        self.vault = vault
    }

    func value(_ name: String) async -> JSONValue? { await vault.value(name) }

    func keep(_ value: JSONValue, as name: String) async throws {
        guard !isFull else {
            isFull = false
            throw IsFull()
        }
        await vault.keep(value, as: name)
    }
}

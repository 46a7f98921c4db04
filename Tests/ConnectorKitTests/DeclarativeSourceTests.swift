import Curl
import Events
import Testing

@testable import ConnectorKit

@Suite("A declarative source")
struct DeclarativeSourceTests {
    @Test("reads page by page, and keeps where it is after each")
    func reads() async throws {
        let world = World(.page([("a", 10), ("b", 30)], next: "p2"), .page([("c", 20)]))
        let run = await world.run(try world.source(shop))
        #expect(run.failure == nil)
        #expect(world.addresses == ["/customers", "/customers?cursor=p2"])
        #expect(run.batches.map(\.events.count) == [2, 1])
        #expect(
            run.states == [
                #"{"customers":{"began":"2025-11-28T00:00:00.000Z","page":"p2","reached":30}}"#,
                #"{"customers":{"since":30}}"#,
            ]
        )
        #expect(world.authorizations == ["Bearer t1", "Bearer t1"])
    }

    @Test("goes on from where the run before has ended")
    func goesOn() async throws {
        let world = World(.page([]))
        let run = await world.run(try world.source(shop), from: ["customers": ["since": 30]])
        #expect(world.addresses == ["/customers?since=30"])
        #expect(run.states == [#"{"customers":{"since":30}}"#])
    }

    @Test("keeps a state of the streams of its manifest only")
    func streamsOfState() throws {
        #expect(try World().source(shop).streamsOfState == ["customers"])
    }

    @Test("looks at no page by which the vendor may forget the one before", arguments: [("seconds", 2), ("value", 1)])
    func previews(format: String, pages: Int) async throws {
        let world = World(.page([("a", 10)], next: "p2"), .page([("b", 20)]))
        let source = try world.source(shop.replacing("format: seconds", with: "format: \(format)"))
        try await source.forPreview.read(from: nil) { _ in }
        #expect(world.addresses.count == pages)
    }

    @Test("goes on with the page that a run has died before")
    func resumes() async throws {
        let first = World(.page([("a", 30)], next: "p2"), .failure(.invalidRequest("It was cut.")))
        let state = await first.run(try first.source(shop)).batches.last?.state
        let second = World(.page([("b", 20)]))
        let run = await second.run(try second.source(shop), from: state)
        #expect(second.addresses == ["/customers?cursor=p2"])
        #expect(run.failure == nil)
        #expect(run.states == [#"{"customers":{"since":30}}"#])
    }

    @Test("begins again when the vendor does not know the page any more")
    func beginsAgain() async throws {
        let world = World(.status(410), .page([("b", 40)]))
        let state: JSONValue = ["customers": ["since": 10, "page": "gone", "reached": 30]]
        let run = await world.run(try world.source(shop), from: state)
        #expect(world.addresses == ["/customers?since=10&cursor=gone", "/customers?since=10"])
        #expect(run.states == [#"{"customers":{"since":40}}"#])
    }

    @Test("fails when a page asks for itself")
    func refusesCircle() async throws {
        let world = World(.page([("a", 10)], next: "p2"), .page([("b", 20)], next: "p2"))
        let run = await world.run(try world.source(shop))
        #expect(run.failure?.kind == .system)
        #expect(world.addresses == ["/customers", "/customers?cursor=p2"])
    }

    @Test("fails when a later page of the same run is refused")
    func refusesLaterPage() async throws {
        let world = World(.page([("a", 10)], next: "p2"), .status(400))
        let run = await world.run(try world.source(shop))
        #expect(run.failure?.kind == .system)
        #expect(world.addresses == ["/customers", "/customers?cursor=p2"])
    }

    @Test("reads the other streams when one fails, and says which one")
    func readsOthers() async throws {
        let orders = "\n  orders: {summary: All., request: GET /orders, records: '.data[]', key: .id, events: empty}"
        let world = World(.status(404), .page([("o", 1)]))
        let run = await world.run(try world.source(shop + orders))
        #expect(world.addresses == ["/customers", "/orders"])
        #expect(run.batches.count == 1)
        #expect(run.failure?.kind == .system)
        #expect(run.failure?.problem.hasPrefix("customers: ") == true)
    }

    @Test("puts aside what has no key, and reads on")
    func rejects() async throws {
        let world = World(.json(200, #"{"data":[{"updated":1},"a",{"id":"a","updated":2}]}"#))
        let run = await world.run(try world.source(shop))
        #expect(run.batches.map(\.events.count) == [1])
        let rejected = run.batches.flatMap(\.rejected)
        #expect(rejected.map(\.code) == ["no_key", "no_key"])
        #expect(rejected.first?.reason.contains("gives nothing") == true)
        #expect(rejected.last?.reason.contains("Cannot index string") == true)
    }
}

@Suite("A declarative source whose answers are not as expected")
struct DeclarativeAnswerTests {
    @Test("says that an answer is not JSON, why, and how it begins", arguments: notJSON)
    func saysNotJSON(body: String, beginning: String) async throws {
        let world = World(.json(200, body))
        let run = await world.run(try world.source(shop))
        let problem = run.failure?.problem ?? ""
        #expect(run.failure?.kind == .system)
        #expect(problem.contains("“customers” is not as expected: The answer is not JSON: "), "\(problem)")
        #expect(problem.hasSuffix(" It begins with “\(beginning)”."), "\(problem)")
    }

    @Test(
        "names the field of an expression that fails, and what the answer has",
        arguments: [
            (#"{"message":"Ada","error":1}"#, "The answer has “error”, “message”."), ("", "The answer is empty."),
            ("null", "The answer is empty."), (#"{"data":null}"#, "The answer has “data”."),
        ]
    )
    func namesField(body: String, outline: String) async throws {
        let world = World(.json(200, body))
        let run = await world.run(try world.source(shop))
        let expected = "“customers” is not as expected: “records” fails: Cannot iterate over null (null). \(outline)"
        #expect(run.failure?.problem.hasSuffix(expected) == true, "\(run.failure?.problem ?? "")")
    }

    @Test("takes a text where its manifest expects one")
    func takesText() async throws {
        let world = World(.json(200, "a\nb"))
        let lines = shop.replacing(".data[]", with: #"'split("\n")[] | {id: ., updated: 1}'"#)
            .replacing("    page: {cursor: .next, as: cursor}\n", with: "")
        let run = await world.run(try world.source(lines))
        #expect(run.failure == nil)
        #expect(run.batches.map(\.events.count) == [2])
    }

    @Test("shows what its records are told apart by")
    func showsKeys() throws {
        let composed = shop.replacing("key: .id", with: #"key: '"\(.shop)/\(.id)"'"#)
        #expect(try World().source(shop).discover().map(\.keys) == [["id"]])
        #expect(try World().source(composed).discover().map(\.keys) == [["\"\\(.shop)/\\(.id)\""]])
    }
}

private let notJSON = [
    (#"{"data": ["#, #"{"data": ["#), ("login", "login"),
    ("\n<html>\n  <p>login</p></html>", "<html> <p>login</p></html>"),
    ("<" + String(repeating: "a", count: 80), "<" + String(repeating: "a", count: 59) + "…"),
]

@Suite("A declarative source that is refused for now")
struct DeclarativeRetryTests {
    @Test("asks again, later each time")
    func backsOff() async throws {
        let world = World(.status(503), .failure(.timedOut), .status(500), .page([]))
        let run = await world.run(try world.source(shop))
        #expect(run.failure == nil)
        #expect(world.sleeps == [1000, 2000, 4000])
    }

    @Test("waits as long as it is asked to")
    func keepsToRetryAfter() async throws {
        let world = World(.status(429, retryAfter: "7"), .status(429, retryAfter: "0"), .page([]))
        let run = await world.run(try world.source(shop))
        #expect(run.failure == nil)
        #expect(world.sleeps == [7000, 0])
    }

    @Test("gives up after six attempts")
    func givesUp() async throws {
        let world = World(replies: Array(repeating: .status(503), count: 7))
        let run = await world.run(try world.source(shop))
        #expect(run.failure?.kind == .transient)
        #expect(world.addresses.count == 6)
        #expect(world.sleeps == [1000, 2000, 4000, 8000, 16_000])
    }

    @Test("does not wait for longer than five minutes, but says when one may come back")
    func doesNotWaitForLong() async throws {
        let world = World(.status(429, retryAfter: "301"))
        let run = await world.run(try world.source(shop))
        #expect(run.failure?.kind == .rateLimit)
        #expect(run.failure?.retryAfter == .seconds(301))
        #expect(world.sleeps.isEmpty)
    }

    @Test("says when one may come back, whichever stream was told")
    func tellsLongestPause() async throws {
        let orders = "\n  orders: {summary: All., request: GET /orders, records: '.data[]', key: .id, events: empty}"
        let world = World(.status(404), .status(429, retryAfter: "3600"))
        let run = await world.run(try world.source(shop + orders))
        #expect(run.failure?.kind == .system)
        #expect(run.failure?.problem.hasPrefix("customers: ") == true)
        #expect(run.failure?.retryAfter == .seconds(3600))
    }

    @Test("asks for nothing before it may, also when somebody wants it to be read")
    func asksNothing() async throws {
        let world = World(.status(429, retryAfter: "3600"), .page([]))
        let source = try world.source(shop)
        _ = await world.run(source)
        world.advance(by: .seconds(600))
        let second = await world.run(source)
        #expect(second.failure?.retryAfter == .seconds(3000))
        #expect(world.addresses.count == 1)
        world.advance(by: .seconds(3000))
        #expect(await world.run(source).failure == nil)
    }

    @Test("does not ask again for what will not change", arguments: lasting)
    func doesNotRepeat(status: Int) async throws {
        let world = World(.status(status), .page([]))
        let run = await world.run(try world.source(shop))
        #expect(run.failure != nil)
        #expect(world.addresses.count == 1)
    }
}

private let lasting = [400, 401, 403, 404]

@Suite("A declarative source with OAuth 2")
struct DeclarativeTokenTests {
    @Test("gets one token for many requests")
    func getsOnce() async throws {
        let world = World(.token("a1"), .page([("a", 1)], next: "p2"), .page([]))
        let run = await world.run(try world.source(login))
        #expect(run.failure == nil)
        #expect(world.addresses == ["/token", "/customers", "/customers?cursor=p2"])
        #expect(world.authorizations == ["Bearer a1", "Bearer a1"])
        #expect(world.forms == ["grant_type=refresh_token&client_id=kith&refresh_token=r1"])
    }

    @Test("gets another once it is about to expire")
    func renews() async throws {
        let world = World(.token("a1"), .page([]), .page([]), .token("a2"), .page([]))
        let source = try world.source(login)
        for seconds in [0, 3539, 1] {
            world.advance(by: .seconds(seconds))
            let run = await world.run(source)
            #expect(run.failure == nil)
        }
        #expect(world.authorizations == ["Bearer a1", "Bearer a1", "Bearer a2"])
    }

    @Test("gets another when it is refused, and asks again at once")
    func renewsRefused() async throws {
        let world = World(.token("a1"), .status(401), .token("a2"), .page([]))
        let run = await world.run(try world.source(login))
        #expect(run.failure == nil)
        #expect(world.authorizations == ["Bearer a1", "Bearer a2"])
        #expect(world.sleeps.isEmpty)
    }

    @Test("fails when a new one is refused as well")
    func failsTwice() async throws {
        let world = World(.token("a1"), .status(401), .token("a2"), .status(401))
        let run = await world.run(try world.source(login))
        #expect(run.failure?.kind == .configuration)
        #expect(world.addresses.count == 4)
    }

    @Test("uses and keeps the refresh token that replaces the setting")
    func rotates() async throws {
        let first = World(.token("a1", refresh: "r2"), .page([]))
        _ = await first.run(try first.source(login))
        let second = World(.page([]), .token("a2", refresh: "r3"), .page([]), vault: first.vault)
        let source = try second.source(login)
        for seconds in [0, 3600] {
            second.advance(by: .seconds(seconds))
            let run = await second.run(source)
            #expect(run.failure == nil)
        }
        #expect(second.authorizations == ["Bearer a1", "Bearer a2"])
        #expect(second.forms == ["grant_type=refresh_token&client_id=kith&refresh_token=r2"])
        let kept = await first.vault.value("oauth2")
        #expect(kept?["token"]?["refresh_token"] == "r3")
    }

    @Test("does not use what was kept for other settings")
    func forgetsOthers() async throws {
        let first = World(.token("a1", refresh: "r2"), .page([]))
        _ = await first.run(try first.source(login))
        let second = World(.token("b1"), .page([]), vault: first.vault)
        _ = await second.run(try second.source(login, ["token": "other"]))
        #expect(second.authorizations == ["Bearer b1"])
        #expect(second.forms == ["grant_type=refresh_token&client_id=kith&refresh_token=other"])
    }

    @Test("gets one token for all who ask at the same time")
    func getsOnceForAll() async throws {
        let world = World(.token("a1"), .token("a2"), .token("a3"), .token("a4"))
        let scope = Scope(settings: .null, now: world.surroundings.now())
        let http = try #require(try Manifest(name: "shop", login).http).withLogin(in: scope)
        let keeper = TokenKeeper(http, settings: ["token": "r1"], world.surroundings)
        async let one = keeper.token()
        async let two = keeper.token()
        async let three = keeper.token()
        let tokens = try await [one, two, three]
        #expect(Set(tokens.compactMap { $0["access_token"]?.plainText }).count == 1)
        #expect(world.forms.count == 1)
    }

    @Test("uses what another process got when that was faster with a refresh token that may be used once")
    func another() async throws {
        let late = World(.json(400, #"{"error":"invalid_grant"}"#))
        let fast = World(.token("a1", refresh: "r2"), .token("a2", refresh: "r3"), vault: late.vault)
        let scope = Scope(settings: .null, now: late.surroundings.now())
        let http = try #require(try Manifest(name: "shop", login).http).withLogin(in: scope)
        let other = TokenKeeper(http, settings: ["token": "r1"], fast.surroundings)
        _ = try await other.token()
        for world in [late, fast] { world.advance(by: .seconds(3600)) }
        var surroundings = late.surroundings
        surroundings.sleep = { _ in _ = try? await other.token() }
        let token = try await TokenKeeper(http, settings: ["token": "r1"], surroundings).token()
        #expect(token["access_token"] == "a2")
        #expect(late.forms.count == 1)
    }

    @Test("says that a setting is wrong when its grant is")
    func refused() async throws {
        let world = World(.json(400, #"{"error":"invalid_grant","error_description":"Token is gone."}"#))
        let run = await world.run(try world.source(login))
        #expect(run.failure?.kind == .configuration)
        #expect(run.failure?.problem.contains("Token is gone.") == true)
        #expect(world.addresses == ["/token"])
    }

    @Test("asks again when the server of its tokens is down")
    func retriesToken() async throws {
        let world = World(.status(503), .token("a1"), .page([]))
        let run = await world.run(try world.source(login))
        #expect(run.failure == nil)
        #expect(world.sleeps == [1000])
    }
}

@Suite("A declarative source with rounds")
struct DeclarativeRoundTests {
    @Test("begins a session, and another one when it has ended")
    func logsIn() async throws {
        let world = World(
            .json(200, #"{"session":"s1"}"#),
            .page([]),
            .page([]),
            .status(401),
            .json(200, #"{"session":"s2"}"#),
            .page([])
        )
        let source = try world.source(sessionShop)
        for _ in 0..<3 {
            let run = await world.run(source)
            #expect(run.failure == nil)
        }
        #expect(world.forms == [#"{"user":"ann"}"#, #"{"user":"ann"}"#])
        #expect(world.authorizations == ["Session s1", "Session s1", "Session s1", "Session s2"])
    }

    @Test("goes on with what the last answer gave, whatever the records say")
    func keepsAnswers() async throws {
        let world = World(.json(200, #"{"data":[],"token":"t1"}"#), .json(200, #"{"data":[],"token":"t2"}"#))
        let source = try world.source(tokenShop)
        let first = await world.run(source)
        #expect(first.states == [#"{"changes":{"since":"t1"}}"#])
        let second = await world.run(source, from: first.batches.last?.state)
        #expect(second.states == [#"{"changes":{"since":"t2"}}"#])
        #expect(world.addresses == ["/changes", "/changes?from=t1"])
    }

    @Test("reads once for each value of a list, each from its own state")
    func list() async throws {
        let world = World(.page([("a", 10)]), .page([("b", 20)]))
        let source = try world.source(rounds, ["channels": ["c/1", "c2"], "streams": ["listed"]])
        let run = await world.run(source, from: ["listed": ["each": ["c2": ["since": 5]]]])
        #expect(run.failure == nil)
        #expect(world.addresses == ["/channels/c%2F1", "/channels/c2?since=5"])
        #expect(run.states.last == #"{"listed":{"each":{"c/1":{"since":10},"c2":{"since":20}}}}"#)
    }

    @Test("forgets the state of values that are gone")
    func prunes() async throws {
        let world = World(.page([]))
        let source = try world.source(rounds, ["channels": ["c2"], "streams": ["listed"]])
        let run = await world.run(source, from: ["listed": ["each": ["c1": ["since": 1], "c2": ["since": 2]]]])
        #expect(run.states == [#"{"listed":{"each":{"c2":{"since":2}}}}"#])
    }

    @Test("reads once for each record of another stream")
    func stream() async throws {
        let world = World(.page([("c1", 1), ("c2", 2)]), .page([("m", 10)]), .page([]))
        let run = await world.run(try world.source(rounds, ["streams": ["messages"]]))
        #expect(run.failure == nil)
        #expect(world.addresses == ["/channels", "/channels/c1/messages", "/channels/c2/messages"])
        #expect(run.states.last == #"{"messages":{"each":{"c1":{"since":10},"c2":{}}}}"#)
    }
}

import Events
import Testing

@testable import ConnectorKit

@Suite("A stream whose records are asked for one by one")
struct DetailTests {
    private let detailed = tokenShop.replacing(
        "key: .id",
        with: #"detail: {request: 'GET /one/\(.id)', errors: [{status: 404, as: ignore}]}\#n    key: .id"#
    ).replacing("events: empty", with: #"events: 'identify({"shop.customer": .id}; {name})'"#)

    @Test("has the answers for its records, without what is gone meanwhile")
    func asksForEach() async throws {
        let world = World(
            .json(200, #"{"data":[{"id":"a"},{"id":"b"},{"id":"c/d"}],"token":"t1"}"#),
            .json(200, #"{"id":"a","name":"Ada"}"#),
            .status(404),
            .json(200, #"{"id":"c/d","name":"Cleo"}"#)
        )
        let run = await world.run(try world.source(detailed))
        #expect(run.failure == nil)
        #expect(world.addresses == ["/changes", "/one/a", "/one/b", "/one/c%2Fd"])
        let bodies = try run.batches.flatMap(\.events).map { try JSONValue(parsing: $0.body) }
        #expect(bodies.map { $0["traits"]?["name"] } == ["Ada", "Cleo"])
        #expect(run.states == [#"{"changes":{"since":"t1"}}"#])
    }

    @Test("does not go on when one of them is refused")
    func failsWhole() async throws {
        let world = World(.json(200, #"{"data":[{"id":"a"}],"token":"t1"}"#), .status(403))
        let run = await world.run(try world.source(detailed))
        #expect(run.failure?.kind == .permission)
        #expect(run.batches.isEmpty)
    }

    @Test("puts one that is refused for good to the dead letters, and goes on", arguments: [400, 410, 422])
    func passesOverRefused(status: Int) async throws {
        let world = World(
            .json(200, #"{"data":[{"id":"a"},{"id":"b"}],"token":"t1"}"#),
            .json(status, #""Bad.""#),
            .json(200, #"{"id":"b","name":"Bob"}"#)
        )
        let run = await world.run(try world.source(detailed))
        #expect(run.failure == nil)
        let expected = RejectedRecord(
            code: "no_detail",
            reason: "The rest of the record was refused. The server answered \(status): Bad.",
            payload: Array(#"{"id":"a"}"#.utf8)
        )
        #expect(run.batches.flatMap(\.rejected) == [expected])
        #expect(run.batches.flatMap(\.events).count == 1)
        #expect(run.states == [#"{"changes":{"since":"t1"}}"#])
    }

    @Test("does not go on when all of them are refused")
    func failsWhereAllAreRefused() async throws {
        let world = World(.json(200, #"{"data":[{"id":"a"},{"id":"b"}],"token":"t1"}"#), .status(400), .status(422))
        let run = await world.run(try world.source(detailed))
        #expect(run.failure?.problem == "changes: The server answered 400.")
        #expect(run.batches.isEmpty)
        #expect(world.addresses.count == 3)
    }

    @Test("is checked by its list alone")
    func checks() async throws {
        let world = World(.json(200, #"{"data":[{"id":"a"}],"token":"t1"}"#))
        #expect(try await world.source(detailed).checks() == [PartCheck(part: "changes", failure: nil)])
        #expect(world.addresses == ["/changes"])
    }

    @Test("does not ask for one that has no id")
    func needsPath() async throws {
        let world = World(.json(200, #"{"data":[{"name":"Ada"}],"token":"t1"}"#))
        let run = await world.run(try world.source(detailed))
        #expect(run.failure?.problem.contains("“.id” has no value") == true)
        #expect(world.addresses == ["/changes"])
    }
}

@Suite("A stream whose place is forgotten")
struct RestartTests {
    private let forgetful = tokenShop.replacing(
        "http: {url: https://shop.test}",
        with: "http: {url: 'https://shop.test', errors: [{status: 410, as: restart}]}"
    )

    @Test("begins anew")
    func restarts() async throws {
        let world = World(.status(410), .json(200, #"{"data":[],"token":"t9"}"#))
        let run = await world.run(try world.source(forgetful), from: ["changes": ["since": "t1"]])
        #expect(run.failure == nil)
        #expect(world.addresses == ["/changes?from=t1", "/changes"])
        #expect(run.states == [#"{"changes":{"since":"t9"}}"#])
    }

    @Test("begins anew in the middle of its pages")
    func restartsCounting() async throws {
        let first = World.Reply.json(200, #"{"data":[{"id":"a"}],"token":"t1"}"#)
        let world = World(first, .status(410), first, .json(200, #"{"data":[],"token":"t2"}"#))
        let counted = forgetful.replacing("key: .id", with: "page: {number: page, size: 1}\n    key: .id")
        let run = await world.run(try world.source(counted))
        #expect(run.failure == nil)
        #expect(world.addresses.map { $0.hasSuffix("page=1") } == [true, false, true, false])
    }

    @Test("begins anew once only")
    func restartsOnce() async throws {
        let world = World(.status(410), .status(410))
        let run = await world.run(try world.source(forgetful), from: ["changes": ["since": "t1"]])
        #expect(run.failure?.kind == .system)
        #expect(world.addresses.count == 2)
    }

    @Test("fails when its pages are forgotten each time")
    func restartsNoCircle() async throws {
        let first = World.Reply.json(200, #"{"data":[{"id":"a"}],"token":"t1"}"#)
        let world = World(first, .status(410), first, .status(410), first, .status(410))
        let counted = forgetful.replacing("key: .id", with: "page: {number: page, size: 1}\n    key: .id")
        let run = await world.run(try world.source(counted))
        #expect(run.failure?.kind == .system)
        #expect(world.addresses.count == 4)
    }

    @Test("fails when it was at its beginning")
    func failsAtBeginning() async throws {
        let world = World(.status(410))
        let run = await world.run(try world.source(forgetful))
        #expect(run.failure?.kind == .system)
        #expect(world.addresses == ["/changes"])
    }
}

@Suite("A webhook that anybody may send to")
struct OpenWebhookTests {
    private let form = #"""
        title: Form
        category: forms
        summary: A form.
        settings:
          token: {summary: A token., optional: true}
        webhook:
          summary: A form.
          verify: {token: {query: token, secret: \($settings.token)}}
          open: true
          form: true
          events: 'identify({email}; {name})'
        """#

    private func reception(_ settings: [String: JSONValue], token: String?) throws -> Int {
        let source = try World().source(form, settings)
        var request = ReceivedRequest(
            headers: [:],
            body: Array("email=a%40x.test".utf8),
            now: Timestamp(microseconds: 0)
        )
        request.query = token.map { ["token": $0] } ?? [:]
        guard case .batch(let batch, nil) = try source.receive(request) else { return 0 }
        return batch.events.count
    }

    @Test("is open only while no secret is set")
    func isOpen() throws {
        #expect(try reception([:], token: nil) == 1)
        #expect(try reception(["token": "t"], token: "t") == 1)
        #expect(throws: ReceiveRefusal.unverified(.wrongToken)) { try reception(["token": "t"], token: "u") }
        #expect(throws: ReceiveRefusal.self) { try reception(["token": "t"], token: nil) }
    }

    @Test("refuses a form in parts, of which it would understand nothing")
    func isInOnePiece() throws {
        let body = "--B\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\na@x.test\r\n--B--\r\n"
        let request = ReceivedRequest(
            headers: ["content-type": "multipart/form-data; boundary=B"],
            body: Array(body.utf8),
            now: Timestamp(microseconds: 0)
        )
        let source = try World().source(form)
        let refusal = #expect(throws: ReceiveRefusal.self) { try source.receive(request) }
        guard case .malformed(let reason) = refusal else {
            Issue.record("\(String(describing: refusal))")
            return
        }
        #expect(reason.contains("multipart/form-data"))
    }

    @Test("says that it receives by POST when it is asked by GET")
    func receivesByPOST() throws {
        var request = ReceivedRequest(headers: [:], body: [], now: Timestamp(microseconds: 0))
        request.method = "GET"
        let receiving = try World().source(form)
        let reading = try World().source(shop)
        #expect(throws: ReceiveRefusal.onlyByPOST) { try receiving.receive(request) }
        #expect(throws: ReceiveRefusal.notReceiving) { try reading.receive(request) }
    }

    @Test("has a token, no signature: one that is signed is never open")
    func isNotSigned() {
        let signed = form.replacing(
            #"{token: {query: token, secret: \($settings.token)}}"#,
            with: #"{hmac: sha256, header: X, secret: \($settings.token)}"#
        )
        #expect(throws: (any Error).self) { try Manifest(name: "form", signed) }
    }
}

@Suite("The definitions of a manifest")
struct DefinitionTests {
    @Test("are known to every expression and text, with the variables")
    func areKnown() async throws {
        let world = World(.json(200, #"{"data":[{"id":"a"}]}"#))
        let manifest = tokenShop.replacing(
            "http: {url: https://shop.test}",
            with: #"""
                define: |
                  # What the shop is called.
                  def shop: "s-\($now[0:4])"; # it changes
                http: {url: https://shop.test}
                """#
        ).replacing("GET /changes", with: #"GET /\(shop)/changes"#)
            .replacing("events: empty", with: #"events: 'identify({"shop.customer": .id}; {shop: shop})'"#)
        let run = await world.run(try world.source(manifest))
        #expect(world.addresses == ["/s-2025/changes"])
        let bodies = try run.batches.flatMap(\.events).map { try JSONValue(parsing: $0.body) }
        #expect(bodies.map { $0["traits"]?["shop"] } == ["s-2025"])
        #expect(throws: (any Error).self) {
            try Manifest(name: "shop", tokenShop.replacing("key: .id", with: "key: shop"))
        }
    }

    @Test("are named when they are wrong")
    func areChecked() {
        let text = tokenShop.replacing("http: {url", with: "define: 'def x: ;'\nhttp: {url")
        let error = #expect(throws: (any Error).self) { try Manifest(name: "shop", text) }
        #expect("\(error.map { "\($0)" } ?? "")".contains("“define”"))
    }
}

@Suite("A webhook whose requests have ids")
struct WebhookIdentityTests {
    private let pings = #"""
        title: Ping
        category: forms
        summary: A ping.
        settings:
          secret: {summary: A secret., optional: true}
        webhook:
          summary: A ping.
          verify: {standard: \($settings.secret)}
          events: 'track("Ping"; {email}; {})'
        """#

    private func messageIDs(ofRequest id: String, _ body: String = #"{"email":"a@x.test"}"#) throws -> [String] {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        var request = ReceivedRequest(
            headers: ["webhook-id": id],
            body: Array(body.utf8),
            now: Timestamp(microseconds: 1_764_288_000_000_000)
        )
        request.headers = WebhookVerification.standard.sign(request, secret: secret)?.headers ?? [:]
        let source = try World().source(pings, ["secret": .string(secret)])
        guard case .batch(let batch, _) = try source.receive(request) else { return [] }
        return batch.events.map(\.messageID)
    }

    @Test("gives an event for each, however alike they are, and the same one when a request comes again")
    func tellsApart() throws {
        let (first, second) = (try messageIDs(ofRequest: "msg_1"), try messageIDs(ofRequest: "msg_2"))
        #expect(first.count == 1 && second.count == 1)
        #expect(first != second)
        #expect(try messageIDs(ofRequest: "msg_1") == first)
    }

    @Test("is taken once by what “dedupe” gives, unless that is an empty text, which many may have")
    func requestIDs() throws {
        let manifest = pings.replacing(
            #"{standard: \($settings.secret)}"#,
            with: #"""
                {token: {query: t, secret: \($settings.secret)}}
                  dedupe: .id
                """#
        )
        let source = try World().source(manifest, ["secret": "s"])
        func requestID(_ body: String) throws -> String? {
            var request = ReceivedRequest(headers: [:], body: Array(body.utf8), now: Timestamp(microseconds: 0))
            request.query = ["t": "s"]
            guard case .batch(let batch, _) = try source.receive(request) else { return nil }
            return batch.requestID
        }
        #expect(try requestID(#"{"email":"a@x.test","id":"1"}"#) == "1")
        #expect(try requestID(#"{"email":"a@x.test","id":""}"#) == nil)
        #expect(try requestID(#"{"email":"a@x.test"}"#) == nil)
    }

    @Test("may have as many values as there are in the megabytes that some vendors send at once")
    func takesMuch() throws {
        let rest = String(repeating: "0,", count: 300_000)
        #expect(try messageIDs(ofRequest: "msg_1", #"{"email":"a@x.test","rest":[\#(rest)0]}"#).count == 1)
    }

    @Test("says so where it has no secret: nobody could sign")
    func needsSecret() throws {
        let request = ReceivedRequest(headers: [:], body: Array("{}".utf8), now: Timestamp(microseconds: 0))
        let source = try World().source(pings, [:])
        #expect(throws: ReceiveRefusal.unverified(.noSecret)) { try source.receive(request) }
    }

    @Test("refuses a body that is no JSON, be it a single word", arguments: ["hello", "NaN", "{", "<html>"])
    func refusesOtherThanJSON(body: String) {
        let refusal = #expect(throws: ReceiveRefusal.self) { try messageIDs(ofRequest: "msg_1", body) }
        if case .malformed = refusal { return }
        Issue.record("\(String(describing: refusal))")
    }
}

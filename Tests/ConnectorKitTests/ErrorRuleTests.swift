import Curl
import Events
import Testing
import Topics

@testable import ConnectorKit

@Suite("The rules for errors")
struct ErrorRuleTests {
    private let manifest = #"""
        title: Ads
        category: advertising
        summary: Who sees what.
        http:
          url: https://shop.test
          errors:
            - {status: 400, as: rateLimit, retryAfter: '$headers["x-usage"] // "{}" | fromjson | .minutes // empty | . * 60'}
        actions:
          add: {summary: Adds., request: POST /add, repeatable: true}
          remove: {summary: Removes., request: POST /remove, repeatable: true, errors: [{status: 400, as: permission}]}
        """#

    private func outcome(of action: String, _ headers: [HTTPHeader] = []) async throws -> DeliveryOutcome {
        try await outcome(of: action, in: World(.answer(HTTPResponse(status: 400, headers: headers))))
    }

    private func outcome(of action: String, in world: World, _ text: String? = nil) async throws -> DeliveryOutcome {
        try await outcome(of: action, at: try destination(in: world, text))
    }

    private func destination(in world: World, _ text: String? = nil) throws -> DeclarativeDestination {
        let manifest = try Manifest(name: "ads", text ?? manifest)
        let settings = try Settings([:], declared: [])
        return try #require(try DeclarativeDestination(manifest, settings: settings, world.surroundings))
    }

    private func outcome(of action: String, at destination: DeclarativeDestination) async throws -> DeliveryOutcome {
        await destination.deliver(command(action))
    }

    private func command(_ action: String) -> Command {
        let now = Timestamp(microseconds: 0)
        return Command(
            id: "c1",
            destination: "ads",
            rule: "r",
            identifier: Identifier("email", "a@x.test"),
            causedBy: "e",
            payload: ["action": .string(action)],
            createdAt: now,
            notAfter: now
        )
    }

    @Test("know the answer's headers, and when one may come back by them")
    func seeHeaders() async throws {
        let reason = "The server answered 400."
        let headers = [HTTPHeader("X-Usage", #"{"minutes": 19}"#)]
        #expect(try await outcome(of: "add", headers) == .retry(after: .seconds(1140), reason: reason))
        let briefly = [HTTPHeader("X-Usage", #"{"minutes": 0.125}"#)]
        #expect(try await outcome(of: "add", briefly) == .retry(after: .milliseconds(7500), reason: reason))
        #expect(try await outcome(of: "add") == .retry(after: nil, reason: reason))
    }

    @Test("say of a redirect that it is not followed")
    func redirect() async throws {
        let headers = [HTTPHeader("Location", "https://www.shop.test")]
        let world = World(.answer(HTTPResponse(status: 301, headers: headers)))
        let reason = "The server answered 301, and redirects are not followed."
        #expect(try await outcome(of: "add", in: world) == .rejected(reason: reason))
    }

    @Test(
        "try again later what a network that is not there yet, or breaks, has kept from being asked",
        arguments: [CurlError.unknownHost("ads.test"), .tls("reset"), .notConnected("refused")]
    )
    func retryUnasked(error: CurlError) async throws {
        let once = manifest.replacing("request: POST /add, repeatable: true", with: "request: POST /add")
        let outcome = try await outcome(of: "add", in: World(.failure(error)), once)
        #expect(outcome == .retry(after: nil, reason: error.description))
    }

    @Test("try again later what no token was got for, but not what may have been done")
    func retryWithoutToken() async throws {
        let once = manifest.replacing("request: POST /add, repeatable: true", with: "request: POST /add").replacing(
            "  errors:",
            with: "  auth: {oauth2: {url: 'https://shop.test/token', grant: client_credentials}}\n  errors:"
        )
        let unasked = try await outcome(of: "add", in: World(.failure(.timedOut)), once)
        #expect(unasked == .retry(after: nil, reason: CurlError.timedOut.description))
        guard case .rejected = try await outcome(of: "add", in: World(.token("t"), .failure(.timedOut)), once) else {
            Issue.record("It may be done twice.")
            return
        }
    }

    @Test("have what must not be done twice reach the vendor once only")
    func onces() async throws {
        let once = manifest.replacing("request: POST /add, repeatable: true", with: "request: POST /add")
        for (text, expected) in [(manifest, false), (once, true)] {
            let world = World(.json(200, "{}"))
            _ = try await outcome(of: "add", in: world, text)
            #expect(world.onces == [expected])
        }
    }

    @Test("tell which action must not be done twice when it is not known whether it was done")
    func tellRepeatable() throws {
        let once = manifest.replacing("request: POST /add, repeatable: true", with: "request: POST /add")
        let ads = try destination(in: World(), once)
        #expect(["add", "remove", "none"].map { ads.isRepeatable(command($0)) } == [false, true, true])
    }

    @Test("are not asked for by whoever is cut off while it waits for its turn")
    func cutOffUnasked() async throws {
        let world = World(.json(200, "{}"))
        var surroundings = world.surroundings
        surroundings.sleep = { (_: Duration) async throws(CancellationError) -> Void in throw CancellationError() }
        let slow = manifest.replacing("  errors:", with: "  budget: {requests: 1, per: 1m}\n  errors:")
        let settings = try Settings([:], declared: [])
        let ads = try #require(
            try DeclarativeDestination(try Manifest(name: "ads", slow), settings: settings, surroundings)
        )
        _ = try await outcome(of: "add", at: ads)
        let reason = "It was cut off before the server was asked."
        #expect(try await outcome(of: "add", at: ads) == .putOff(for: .zero, reason: reason))
        #expect(world.addresses.count == 1)
    }

    @Test("keep all else that is to be delivered from being asked for before one may come back")
    func holdOthers() async throws {
        let world = World(.status(429, retryAfter: "7"), .json(200, "{}"))
        let ads = try destination(in: world)
        #expect(try await outcome(of: "add", at: ads) == .retry(after: .seconds(7), reason: "The server answered 429."))
        let asked = "The server wants to be left alone."
        #expect(try await outcome(of: "remove", at: ads) == .putOff(for: .seconds(7), reason: asked))
        #expect(world.addresses.count == 1)
        world.advance(by: .seconds(7))
        guard case .delivered = try await outcome(of: "remove", at: ads) else {
            Issue.record("It was not delivered.")
            return
        }
    }

    @Test("are those of the action first")
    func preferOwn() async throws {
        #expect(try await outcome(of: "remove") == .rejected(reason: "The server answered 400."))
    }
}

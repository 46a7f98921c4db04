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
        let world = World(.answer(HTTPResponse(status: 400, headers: headers)))
        let manifest = try Manifest(name: "ads", manifest)
        let settings = try Settings([:], declared: [])
        let made = try DeclarativeDestination(manifest, settings: settings, world.surroundings)
        let now = Timestamp(microseconds: 0)
        let command = Command(
            id: "c1",
            destination: "ads",
            rule: "r",
            identifier: Identifier("email", "a@x.test"),
            causedBy: "e",
            payload: ["action": .string(action)],
            createdAt: now,
            notAfter: now
        )
        return try await #require(made).deliver(command)
    }

    @Test("know the answer's headers, and when one may come back by them")
    func seeHeaders() async throws {
        let reason = "The server answered 400."
        let headers = [HTTPHeader("X-Usage", #"{"minutes": 19}"#)]
        #expect(try await outcome(of: "add", headers) == .retry(after: .seconds(1140), reason: reason))
        #expect(try await outcome(of: "add") == .retry(after: nil, reason: reason))
    }

    @Test("are those of the action first")
    func preferOwn() async throws {
        #expect(try await outcome(of: "remove") == .rejected(reason: "The server answered 400."))
    }
}

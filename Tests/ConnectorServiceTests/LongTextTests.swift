import ConnectorKit
import Curl
import Events
import Testing
import Topics

@testable import ConnectorService

/// Anybody who may send events may give themselves a name or a number of any length.
@Suite("A connector that is given a text longer than any true one")
struct LongTextTests {
    @Test(
        "delivers as soon as with a short one",
        .timeLimit(.minutes(3)),
        arguments: [
            ("meta-audiences", "addUser"), ("google-customer-match", "addMember"),
        ]
    )
    func delivers(type: String, action: String) async throws {
        let long = JSONValue.string(String(repeating: "a ", count: 100_000))
        let command = Command(
            id: "c1",
            destination: "ads",
            rule: "r",
            identifier: Identifier("email", "ann@x.test"),
            causedBy: "e",
            payload: [
                "action": .string(action), "phone": long, "firstName": long, "lastName": long, "city": long,
                "zip": long, "country": "de",
            ],
            createdAt: Self.now,
            notAfter: Self.now
        )
        let ads = try destination(type)
        guard case .delivered = await ads.deliver(command) else {
            Issue.record("It was not delivered.")
            return
        }
    }

    @Test("takes a form of megabytes, which anybody may send, as soon as a short one", .timeLimit(.minutes(3)))
    func receives() throws {
        let form = try Catalog.builtIn(manifests: ManifestFolders()).source(name: "site", type: "form", values: [:])
        let body = "email=ann%40x.test&text=" + String(repeating: "a", count: 4_000_000)
        let reception = try form.receive(ReceivedRequest(headers: [:], body: Array(body.utf8), now: Self.now))
        guard case .batch(let batch, nil) = reception else {
            Issue.record("It was not taken.")
            return
        }
        #expect(batch.events.map(\.name) == [nil, "Form Submitted"])
        #expect(batch.requestID != nil)
    }

    private static let now = Timestamp(microseconds: 1_795_824_000_000_000)

    private func destination(_ type: String) throws -> DeclarativeDestination {
        let manifest = try #require(try ManifestFolders().manifest(type))
        let all: [String: JSONValue] = [
            "accessToken": "t", "audience": "1", "customer": "2", "clientID": "c", "clientSecret": "s",
            "refreshToken": "r",
        ]
        let values = all.filter { entry in manifest.settings.contains { $0.name == entry.key } }
        let surroundings = Surroundings(
            send: { (_: HTTPRequest) async throws(CurlError) -> HTTPResponse in
                HTTPResponse(status: 200, body: Array(#"{"access_token":"t"}"#.utf8))
            },
            now: { Self.now },
            sleep: { (_: Duration) async throws(CancellationError) -> Void in },
            vault: MemoryVault()
        )
        let settings = try Settings(values, declared: manifest.settings)
        return try #require(try DeclarativeDestination(manifest, settings: settings, surroundings))
    }
}

import ConnectorKit
import Curl
import Events
import Testing

@testable import ConnectorService

@Suite("The connector of Gmail")
struct GmailTests {
    @Test("reads no more of a header than what takes seconds, and of that whole addresses only")
    func longHeader() async throws {
        let name = String(repeating: "x", count: 70_000)
        let found = try await identifiers(to: #"bob@x.test, "\#(name)" <cleo@x.test>"#)
        #expect(found == [#"[{"id":"ann@x.test","type":"email"}]"#, #"[{"id":"bob@x.test","type":"email"}]"#])
    }

    /// Those of each event of one message.
    private func identifiers(to recipients: String) async throws -> [String] {
        let manifest = try #require(try ManifestFolders().manifest("gmail"))
        let values: [String: JSONValue] = ["clientID": "c", "clientSecret": "s", "refreshToken": "r"]
        let settings = try Settings(values, declared: manifest.settings + DeclarativeSource.fields)
        let vendor = Self.vendor(recipients)
        let source = try DeclarativeSource(manifest, name: "mail", settings: settings, vendor)
        let found = Found()
        try await source.read(from: nil) { batch in await found.add(batch.events) }
        return try await found.events.map { event in
            try JSONValue(parsing: event.body)["context"]?["externalIds"]?.text ?? ""
        }
    }

    private static func vendor(_ recipients: String) -> Surroundings {
        let message: JSONValue = [
            "id": "m", "internalDate": "1795824000000",
            "payload": [
                "headers": [
                    ["name": "From", "value": "ann@x.test"], ["name": "To", "value": .string(recipients)],
                ]
            ],
        ]
        let answers = ["/token": #"{"access_token":"t"}"#, "/messages?": #"{"messages":[{"id":"m"}]}"#]
        return Surroundings(
            send: { request async throws(CurlError) -> HTTPResponse in
                let known = answers.first { request.url.contains($0.key) }?.value
                return HTTPResponse(status: 200, body: known.map { Array($0.utf8) } ?? message.bytes)
            },
            now: { Timestamp(microseconds: 1_795_824_000_000_000) },
            sleep: { (_: Duration) async throws(CancellationError) -> Void in },
            vault: MemoryVault()
        )
    }
}

private actor Found {
    private(set) var events: [SourceEvent] = []

    func add(_ more: [SourceEvent]) { events += more }
}

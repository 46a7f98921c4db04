import ConnectorKit
import Events
import Testing

@testable import ConnectorService

@Suite("Connector configuration")
struct ConfigurationTests {
    private func read(_ text: String) throws -> Configuration {
        try Configuration(text) { ["SECRET": "s3cret"][$0] }
    }

    @Test("reads sources and destinations, and leaves the rest to others")
    func reads() throws {
        let configuration = try read(
            """
            rules: [{name: x}]
            sources:
              - name: contacts
                type: csv
                path: a.csv
                mapping: {userId: id, traits: {zip: {from: zip, as: string}}}
            destinations:
              - {name: mail, type: smtp, host: h, port: 25, password: "a${SECRET}b$", from: "2.10"}
            """
        )
        #expect(configuration.sources.map(\.name) == ["contacts"])
        #expect(configuration.sources[0].values["mapping"]?["traits"]?["zip"]?["as"] == "string")
        #expect(configuration.destinations[0].values["password"] == "as3cretb$")
        #expect(configuration.destinations[0].values["port"] == 25)
        #expect(configuration.destinations[0].values["from"] == "2.10")
        #expect(try read("") == Configuration())
    }

    @Test(
        "says what is wrong, and where",
        arguments: [
            ("sorces: []", "There is no section “sorces”"), ("x-mine: 1\nrule: []", "Did you mean “rules”?"),
            ("sources: {}", "“sources” is not a list"), ("sources: [a]", "“sources[0]” is not a set of settings"),
            ("sources: [{type: csv}]", "“sources[0]” has no name"), ("sources: [{name: a}]", "“a” has no type"),
            ("sources: [{name: a, type: csv}, {name: a, type: csv}]", "“a” is there twice"),
            ("sources: [{name: a, type: csv, path: '${NONE}'}]", "needs the environment variable NONE"),
        ]
    )
    func refuses(text: String, reason: String) {
        #expect { try read(text) } throws: { "\($0)".contains(reason) }
    }

    @Test(
        "says on which line an entry begins that cannot be used",
        arguments: ["path: '${NONE}'", "pth: x.csv", "path: x.csv, interval: soon"]
    )
    func namesLines(settings: String) {
        let text = "sources:\n  - {name: a, type: csv, path: x.csv}\n  - {name: b, type: csv, \(settings)}\n"
        let error = #expect(throws: ConfigurationError.self) { _ = try read(text).configured(by: .builtIn()) }
        #expect(error?.description.hasPrefix("line 3: “b” ") == true)
    }

    @Test("means relative paths from where the file lies")
    func resolvesPaths() throws {
        var configuration = try read("sources: [{name: a, type: csv, path: x.csv}, {name: b, type: csv, path: /y.csv}]")
        configuration.resolvePaths(from: "/data")
        #expect(configuration.sources.map { $0.values["path"] } == ["/data/x.csv", "/y.csv"])
    }

    @Test("takes files for back-fills, and everything else for what happens now")
    func knowsBackfills() throws {
        func source(_ text: String) throws -> ConfiguredSource {
            try ConfiguredSource(read("sources: [\(text)]").sources[0], catalog: .builtIn())
        }
        #expect(try source("{name: a, type: csv, path: x}").isHistorical)
        #expect(try !source("{name: a, type: csv, path: x, historical: false}").isHistorical)
        let secret = String(repeating: "A", count: 40)
        let webhook = try source("{name: a, type: webhook, secret: \(secret), userNamespace: crm}")
        #expect(!webhook.isHistorical)
        #expect(webhook.userNamespace == "crm")
        #expect(try source("{name: a, type: csv, path: x, userNamespace: user}").userNamespace == nil)
    }
}

import ConnectorKit
import Testing

@testable import ConnectorService

/// Every connector of the catalog, found in its folder.
private let shipped = ManifestFolders()
private let root = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()

@Suite("The catalog")
struct CatalogTests {
    @Test("has every connector of its folder")
    func isWhole() {
        let folders = Folder.names(in: "\(root)/Services/Connector/Catalog")
        #expect(!folders.isEmpty)
        #expect(shipped.names == folders)
    }

    @Test("says of each type that is written in Swift what it brings in and sends out")
    func natives() {
        let cards = Catalog.builtIn().natives
        #expect(cards.map(\.type) == ["csv", "imap", "ndjson", "postgresql", "singer", "smtp", "webhook"])
        #expect(cards.allSatisfy { $0.summary.hasSuffix(".") })
        #expect(cards.filter { $0.source == nil }.map(\.type) == ["smtp"])
        #expect(cards.filter { $0.destination == nil }.map(\.type) == ["imap", "singer"])
    }

    @Test("has fixtures for every connector, and each is as its fixtures say", arguments: shipped.names)
    func fixtures(name: String) async throws {
        for result in try await FixtureFolder(shelf: shipped, name: name).results() {
            #expect(result.problems == [], "\(name)/\(result.file)")
        }
    }

    @Test("has a page for every connector", arguments: shipped.names)
    func page(name: String) throws {
        let folder = try #require(shipped.folder(of: name))
        #expect(try Folder.text(of: "\(folder)/README.md").count > 200)
    }

    @Test("has examples that are read in a minute: 60 lines at most")
    func examples() throws {
        let page = try Folder.text(of: "\(root)/docs/connectors.md")
        let section = try #require(page.firstMatch(of: #/\n## Examples to read first\n(?s:(.*?))\n## /#)?.1)
        let files = section.matches(of: #/\]\(\.\./(Services/Connector/Catalog/\w+/manifest\.yaml)\)/#).map(\.1)
        #expect(files.count == 2)
        let texts = try files.map { try Folder.text(of: "\(root)/\($0)") }
        for text in texts { #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count - 1 <= 60) }
        // What they are said to show.
        for word in ["page:", "since:", "webhook:", "hmac:"] { #expect(texts.contains { $0.contains(word) }) }
    }

    @Test("has a page whose fixture is one of its manifest")
    func pageFixture() async throws {
        let page = try Folder.text(of: "\(root)/docs/connectors.md")
        let manifest = try #require(page.firstMatch(of: #/```yaml\n(title: (?s:.*?))```/#)?.1)
        let fixture = try #require(page.firstMatch(of: #/```yaml\n(settings: (?s:.*?))```/#)?.1)
        try await withTemporaryFolder { folder in
            try Folder.make("\(folder)/acme/fixtures")
            try Folder.write(String(manifest), to: "\(folder)/acme/manifest.yaml")
            try Folder.write(String(fixture), to: "\(folder)/acme/fixtures/customers.yaml")
            let results = try await FixtureFolder(shelf: ManifestFolders([folder]), name: "acme").results()
            #expect(results.map(\.problems) == [[]])
        }
    }

    @Test("begins a new connector that passes its test")
    func scaffold() async throws {
        try await withTemporaryFolder { folder in
            try Folder.make("\(folder)/acme/fixtures")
            for (file, text) in Scaffold.files(for: "acme") { try Folder.write(text, to: "\(folder)/acme/\(file)") }
            let results = try await FixtureFolder(shelf: ManifestFolders([folder]), name: "acme").results()
            #expect(results.map(\.problems) == [[]])
        }
    }

    @Test("says what a fixture misses")
    func problems() async throws {
        try await withTemporaryFolder { folder in
            try Folder.make("\(folder)/acme/fixtures")
            for (file, text) in Scaffold.files(for: "acme") {
                let changed = text.replacing("traits: {name: Bob}", with: "traits: {name: Rob}")
                    .replacing("Authorization: Bearer secret", with: "Authorization: Bearer other")
                try Folder.write(changed, to: "\(folder)/acme/\(file)")
            }
            let results = try await FixtureFolder(shelf: ManifestFolders([folder]), name: "acme").results()
            let problems = results.flatMap(\.problems)
            #expect(problems.contains { $0.contains("events[1].traits.name is \"Bob\", not \"Rob\"") })
            let header = "the header Authorization is “Bearer secret”, not “Bearer other”"
            #expect(problems.contains { $0.contains(header) })
        }
    }

    @Test("shows the form that a fixture expects as one is sent")
    func forms() async throws {
        try await withTemporaryFolder { folder in
            try Folder.make("\(folder)/acme/fixtures")
            for (file, text) in Scaffold.files(for: "acme") {
                let changed = text.replacing("GET /v1/contacts", with: "POST /v1/contacts")
                    .replacing("query: {limit: 100}", with: #"form: {limit: "100"}"#)
                    .replacing("?limit=100&", with: "?")
                    .replacing("headers: {Authorization: Bearer secret}", with: #"form: {limit: "50", after: "1"}"#)
                try Folder.write(changed, to: "\(folder)/acme/\(file)")
            }
            let results = try await FixtureFolder(shelf: ManifestFolders([folder]), name: "acme").results()
            let problems: [String] = results.flatMap(\.problems)
            #expect(problems.contains { $0.contains("the form is limit=100, not after=1&limit=50") })
        }
    }

    @Test("says in words what was rejected, and that there is no event")
    func rejections() async throws {
        try await withTemporaryFolder { folder in
            try Folder.make("\(folder)/acme/fixtures")
            for (file, text) in Scaffold.files(for: "acme") {
                let changed = text.replacing("{id: 1, ", with: "{").replacing("{id: 2, ", with: "{")
                try Folder.write(changed, to: "\(folder)/acme/\(file)")
            }
            let results = try await FixtureFolder(shelf: ManifestFolders([folder]), name: "acme").results()
            let problems = results.flatMap(\.problems)
            let rejection = "no_key (The record has no key: “key” gives nothing.)"
            #expect(problems.contains("Rejected: \(rejection), \(rejection); and not: none."))
            #expect(problems.contains("There are 0 events, not 2."))
        }
    }
}

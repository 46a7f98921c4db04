import ConnectorKit
import Testing

@testable import ConnectorService

/// Every connector of the catalog, found in its folder.
private let shipped = ManifestFolders()

@Suite("The catalog")
struct CatalogTests {
    @Test("is not empty")
    func isThere() {
        #expect(shipped.names.count >= 17)
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

    @Test("begins a new connector that passes its test")
    func scaffold() async throws {
        let folder = "/tmp/kith-scaffold-\(UInt64.random(in: 0...UInt64.max))"
        try Folder.make("\(folder)/acme/fixtures")
        for (file, text) in Scaffold.files(for: "acme") { try Folder.write(text, to: "\(folder)/acme/\(file)") }
        let results = try await FixtureFolder(shelf: ManifestFolders([folder]), name: "acme").results()
        #expect(results.map(\.problems) == [[]])
    }

    @Test("says what a fixture misses")
    func problems() async throws {
        let folder = "/tmp/kith-broken-\(UInt64.random(in: 0...UInt64.max))"
        try Folder.make("\(folder)/acme/fixtures")
        for (file, text) in Scaffold.files(for: "acme") {
            let changed = text.replacing("traits: {name: Bob}", with: "traits: {name: Rob}")
                .replacing("Authorization: Bearer secret", with: "Authorization: Bearer other")
            try Folder.write(changed, to: "\(folder)/acme/\(file)")
        }
        let results = try await FixtureFolder(shelf: ManifestFolders([folder]), name: "acme").results()
        let problems = results.flatMap(\.problems)
        #expect(problems.contains { $0.contains("events[1].traits.name is \"Bob\", not \"Rob\"") })
        #expect(problems.contains { $0.contains("the header Authorization is “Bearer secret”, not “Bearer other”") })
    }
}

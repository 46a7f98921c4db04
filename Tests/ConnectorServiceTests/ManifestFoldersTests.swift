import Testing

@testable import ConnectorService

@Suite("The folders of connectors")
struct ManifestFoldersTests {
    @Test("name a folder without a manifest, and nothing else that lies there")
    func strays() async throws {
        try await withTemporaryFolder { path in
            for (folder, file) in [("acme", "manifest.yml"), ("crm", "manifest.yaml"), (".git", "HEAD")] {
                try Folder.make("\(path)/\(folder)")
                try Folder.write("summary: x", to: "\(path)/\(folder)/\(file)")
            }
            try Folder.write("What lies here.", to: "\(path)/README.md")
            let shelf = ManifestFolders([path, path])
            #expect(shelf.strays == ["\(path)/acme"])
            #expect(shelf.names.contains("crm"))
            #expect(!shelf.names.contains("acme"))
        }
    }
}

import Testing

@testable import ConnectorService

@Suite("The configuration file")
struct ConfigurationFileTests {
    @Test("that is gone has nothing at a start, and takes the place of nothing later")
    func gone() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/kith.yaml"
            #expect(try ConfigurationFile.read(path) == Configuration())
            try Folder.write("sources: [{name: a, type: csv, path: a.csv}]", to: path)
            let held = try ConfigurationFile.read(path)
            #expect(try ConfigurationFile.read(path, inPlaceOf: held) == held)
            try Folder.replace(path, with: "sources: []")
            #expect(try ConfigurationFile.read(path, inPlaceOf: held) == Configuration())
            #expect(throws: (any Error).self) {
                try ConfigurationFile.read("\(folder)/gone.yaml", inPlaceOf: held)
            }
        }
    }
}

import ConnectorKit
import YAML

/// The fixtures of one connector.
struct FixtureFolder: Sendable {
    let shelf: ManifestFolders
    let name: String

    /// What came of one file.
    struct Result: Sendable {
        let file: String
        let problems: [String]
    }

    /// Runs all of them; a connector that cannot be read, or has none, is a problem as well.
    func results() async throws -> [Result] {
        let manifest: Manifest
        do throws(ManifestError) {
            guard let found = try shelf.manifest(name) else {
                return [Result(file: "manifest.yaml", problems: ["There is no connector of this name."])]
            }
            manifest = found
        } catch {
            return [Result(file: "manifest.yaml", problems: [error.problem])]
        }
        let folder = "\(shelf.folder(of: name) ?? "")/fixtures"
        let files = Folder.names(in: folder).filter { $0.hasSuffix(".yaml") }
        guard !files.isEmpty else { return [Result(file: "fixtures", problems: ["There are none."])] }
        var results: [Result] = []
        for file in files {
            let problems = try await Self.problems("\(folder)/\(file)", manifest)
            results.append(Result(file: "fixtures/\(file)", problems: problems))
        }
        return results
    }

    private static func problems(_ path: String, _ manifest: Manifest) async throws -> [String] {
        let fixture: Fixture
        do throws(YAMLError) {
            fixture = try Fixture((try? Folder.text(of: path)) ?? "")
        } catch {
            return [error.description]
        }
        do {
            return try await FixtureRun(manifest: manifest, fixture: fixture).problems()
        } catch let error as SettingsError {
            return [error.description]
        }
    }
}

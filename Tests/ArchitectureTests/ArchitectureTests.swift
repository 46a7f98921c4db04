import Foundation
import Testing

/// The rules of the layout that a compiler does not check.
@Suite("The architecture")
struct ArchitectureTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func sources(under folders: [String]) throws -> [(path: String, text: String)] {
        try folders.flatMap { folder in
            let base = root.appending(path: folder)
            let found = FileManager.default.enumerator(at: base, includingPropertiesForKeys: nil)
            let files = (found?.allObjects as? [URL] ?? []).filter { $0.pathExtension == "swift" }
            try #require(!files.isEmpty, "\(folder)")
            return try files.map { file in
                (String(file.path.dropFirst(root.path.count + 1)), try String(contentsOf: file, encoding: .utf8))
            }
        }
    }

    static func imports(of text: String) -> Set<String> {
        let lines = text.split(separator: "\n").map { $0.split(separator: " ") }
        return Set(
            lines.compactMap { words in
                guard let at = words.firstIndex(of: "import"), at <= 1, at + 1 < words.count else { return nil }
                return String(words[at + 1])
            }
        )
    }

    @Test(
        "the pure targets do no I/O and know no clock",
        arguments: ["Shared/Events", "Shared/Identity", "Shared/Audience"]
    )
    func pure(folder: String) throws {
        let pure: Set = ["CIDN2", "CPhoneNumber", "CUnistring", "Events"]
        for (path, text) in try Self.sources(under: [folder]) {
            #expect(Self.imports(of: text).isSubset(of: pure), "\(path)")
            #expect(!text.contains("ContinuousClock") && !text.contains("SuspendingClock"), "\(path)")
        }
    }

    @Test("the log and the store know no events", arguments: ["Shared/MessageLog", "Shared/Store"])
    func opaque(folder: String) throws {
        for (path, text) in try Self.sources(under: [folder]) {
            #expect(Self.imports(of: text).isDisjoint(with: ["Events", "Topics", "Identity"]), "\(path)")
        }
    }

    @Test("services do not import one another")
    func services() throws {
        let services: Set = [
            "IngestService", "ProfileService", "ConnectorService", "NotifierService", "KithCommand",
        ]
        for (path, text) in try Self.sources(under: ["Services", "Shared"]) {
            #expect(Self.imports(of: text).isDisjoint(with: services), "\(path)")
        }
    }

    @Test("every arrow of the package points up the page")
    func arrows() throws {
        let package = try String(contentsOf: Self.root.appending(path: "Package.swift"), encoding: .utf8)
        let targets = try #require(package.components(separatedBy: "\n    targets: [").last)
        var above: Set<String> = []
        for target in targets.components(separatedBy: "name: \"").dropFirst() {
            let needed = target.firstMatch(of: #/dependencies: [^\[]*\[([^\]]*)\]/#)?.1 ?? ""
            for name in needed.matches(of: #/"(\w+)"/#).map({ String($0.1) }) {
                #expect(above.contains(name), "\(name)")
            }
            above.insert(String(target.prefix { $0 != "\"" }))
        }
        #expect(above.isSuperset(of: ["Events", "Store", "KithCommand", "ArchitectureTests"]))
    }

    @Test("no word that hides a mistake from the compiler")
    func words() throws {
        let banned = ["@unchecked Sendable", "nonisolated(unsafe)", "fatalError(", "Task.detached", "try!", " as! "]
        for (path, text) in try Self.sources(under: ["Services", "Shared"]) {
            for word in banned {
                #expect(!text.contains(word), "\(path) contains \(word)")
            }
        }
    }

    @Test(
        "every insertion names its columns, so that an older version can go on beside a newer one that has added some"
    )
    func insertions() throws {
        for (path, text) in try Self.sources(under: ["Services", "Shared"]) {
            let nameless = text.firstMatch(of: #/INSERT INTO [^\s(]+\s+(VALUES|SELECT)/#)
            #expect(nameless == nil, "\(path) has \(nameless?.output.0 ?? "")")
        }
    }

    @Test("a file holds one subject: 400 lines at most")
    func lengths() throws {
        for (path, text) in try Self.sources(under: ["Services", "Shared", "Tests"]) {
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).count - 1
            #expect(lines <= 400, "\(path) has \(lines) lines")
        }
    }
}

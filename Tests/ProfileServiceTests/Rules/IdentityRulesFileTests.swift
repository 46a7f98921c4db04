import Events
import Foundation
import Identity
import IdentityRules
import Store
import Testing

@testable import ProfileService

@Suite("The rules in their file and in the store")
struct IdentityFileTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("rules-\(UUID())").path

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    private func file(_ text: String?) throws -> IdentityRulesFile {
        if let text { try text.write(toFile: folder + "/identity.yaml", atomically: true, encoding: .utf8) }
        return IdentityRulesFile(path: folder + "/identity.yaml")
    }

    @Test("no file, or an empty one, is the defaults", arguments: [nil, "", "# nothing\n"])
    func defaults(text: String?) throws {
        #expect(try file(text).rules() == Rules())
    }

    @Test("a wrong file is named with the line and the reason")
    func wrong() throws {
        let file = try file("country: KR\nnamespaces:\n  email: {prority: 3}\n")
        let error = #expect(throws: IdentityRulesFileError.self) { try file.rules() }
        #expect(error?.description.hasPrefix("\(file.path), line 3, namespace “email”: ") == true)
        #expect(error?.description.contains("“prority”") == true)
    }

    @Test("a file that was named must be there, and be text")
    func missing() throws {
        let named = IdentityRulesFile(path: folder + "/other.yaml", mustExist: true)
        #expect(throws: IdentityRulesFileError.unreadable(named.path, code: 2)) { try named.rules() }
        try Data([0xFF, 0xFE]).write(to: URL(filePath: named.path))
        #expect(throws: IdentityRulesFileError.notText(named.path)) { try named.rules() }
    }

    @Test("the file is read again when it is another")
    func again() throws {
        let file = try file("country: KR\n")
        #expect(try file.rules().country == "KR")
        try "country: FR\nfoldMailboxes: true\n".write(toFile: file.path, atomically: true, encoding: .utf8)
        #expect(try file.rules().country == "FR")
    }

    // MARK: - In the store

    private func store(isNew: Bool = true) throws -> SQLiteStore {
        let store = try StoreFiles.open(folder + "/profile.sqlite")
        if !isNew { try fill(store) }
        return store
    }

    private func fill(_ store: SQLiteStore) throws {
        try store.write { try $0.execute("INSERT INTO consumer (partition, epoch, \"offset\") VALUES ('a', 'b', 1)") }
    }

    @Test("a new store takes the file's rules, and keeps those that it was made by")
    func stored() throws {
        let store = try store()
        var korean = Rules()
        korean.country = "KR"
        #expect(try StoredRules.of(store, orNew: Rules()).rules == Rules())
        #expect(try StoredRules.of(store, orNew: korean).rules == korean)
        try fill(store)
        let stored = try StoredRules.of(store, orNew: Rules())
        #expect(stored.rules == korean)
        #expect(stored.standing(beside: .success(korean)) == .upToDate)
        #expect(stored.standing(beside: .success(Rules())) == .fileDiffers)
        let unreadable = IdentityRulesFileError.unreadable("x", code: 2)
        #expect(stored.standing(beside: .failure(unreadable)) == .fileIsWrong(unreadable))
        let older = StoredRules(rules: korean, version: ResolutionVersion.current - 1)
        #expect(older.standing(beside: .success(korean)) == .versionDiffers)
    }

    @Test("a store that says nothing was made by the defaults")
    func unsaid() throws {
        #expect(try StoredRules.of(store(isNew: false), orNew: .others).rules == Rules())
    }

    // MARK: - The files of stores

    @Test(
        "a store's number is told by its name",
        arguments: [
            ("profile.sqlite", 1), ("profile-2.sqlite-wal", 2), ("profile-17.sqlite-shm", 17),
            ("profile-1.sqlite", nil), ("profile-02.sqlite", nil), ("profile.inflight", nil),
            ("profile-2.sqlite.bak", nil), ("notifier.sqlite", nil), ("profiles.sqlite", nil),
        ] as [(String, Int?)]
    )
    func names(name: String, number: Int?) {
        #expect(StoreFiles.number(of: name) == number)
    }

    @Test("a file without a secret is no store, and one with a note is not whole yet")
    func files() throws {
        let files = StoreFiles(directory: folder)
        _ = try files.open(3, for: .service)
        let request = RebuildRequest(rules: .others, isDryRun: true, startedAt: Timestamp(microseconds: 3_000_000))
        _ = try Construction.lay(request, at: 2, in: files, secret: [1])
        let opened = try files.open(orNewBy: Rules())
        #expect(opened.live.number == 1)
        #expect(opened.unfinished == 2)
        #expect(try files.numbers() == [1, 2])
        let store = try files.open(2, for: .service)
        #expect(try Construction.request(of: store, secret: [1]) == request)
        #expect(try Construction.request(of: store, secret: [2]) == nil)
    }
}

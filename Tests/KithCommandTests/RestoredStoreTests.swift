import ArgumentParser
import Events
import Foundation
import MessageLog
import Testing

@testable import KithCommand

@Suite("kith restore --store")
struct RestoredStoreTests {
    private static let lane = "log/events/ingest"
    private static let stores = ["profile.sqlite", "connector.sqlite", "notifier.sqlite"]

    private let root: String
    private let data: DataDirectory

    init() throws {
        root = FileManager.default.temporaryDirectory.appendingPathComponent("stores-\(UUID().uuidString)").path
        data = DataDirectory("\(root)/data")
        try Files.makeDirectory("\(root)/data")
    }

    // MARK: A directory and its backup

    private func openLog(_ producer: String? = "ingest", segmentBytes: Int = 64 << 20) throws -> EmbeddedLog {
        var options = EmbeddedLogOptions()
        options.segmentBytes = segmentBytes
        return try EmbeddedLog(directory: data.logDirectory, producer: producer, options: options)
    }

    private func append(segmentBytes: Int = 64 << 20) async throws {
        let log = try openLog(segmentBytes: segmentBytes)
        _ = try await log.append([Record(value: [1], timestamp: 1)], to: "events")
        await log.close()
    }

    private func head() async throws -> Offset? {
        let log = try openLog(nil)
        let head = try await log.partitions(of: "events").first?.head
        await log.close()
        return head
    }

    /// A backup of a log with one event, with stores that say when they are from.
    private func backup() async throws -> BackupFolder {
        try await append()
        let folder = BackupFolder("\(root)/backup")
        let instance = Instance(urls: [:], key: nil, keys: nil)
        var entries = try BackupRun(instance: instance, data: data, folder: folder).copied(Self.lane)
        for store in Self.stores {
            try write("before", as: store)
            entries.append(try #require(try folder.take("\(data.path)/\(store)", as: store)))
            try write("after", as: store)
        }
        try folder.seal(entries, at: Timestamp(microseconds: 1))
        return folder
    }

    private func write(_ text: String, as name: String) throws {
        try Files.write(Array(text.utf8), to: "\(data.path)/\(name)")
    }

    private func text(of name: String) throws -> String? {
        try Files.read("\(data.path)/\(name)").map { String(decoding: $0, as: UTF8.self) }
    }

    private func restore(_ backup: BackupFolder, _ options: String...) async throws {
        try await Restore.parse([backup.path, "--data", data.path] + options).run()
    }

    private func refusal(_ backup: BackupFolder, _ options: String...) async -> String {
        do {
            try await Restore.parse([backup.path, "--data", data.path] + options).run()
            return ""
        } catch {
            return "\(error)"
        }
    }

    // MARK: What becomes of it

    @Test("a store goes back, with what rebuilds have made of it; the log and the other stores stay")
    func goesBack() async throws {
        let backup = try await backup()
        try await append()
        let others = ["notifier-2.sqlite", "profile.sqlite.kept"]
        for name in ["profile-2.sqlite", "profile-2.sqlite-wal", "profile.inflight"] + others {
            try write("after", as: name)
        }
        try await restore(backup, "--store", "profile")
        #expect(try text(of: "profile.sqlite") == "before")
        #expect(try text(of: "notifier.sqlite") == "after")
        #expect(try text(of: "connector.sqlite") == "after")
        #expect(
            try Files.list(data.path).filter { $0.hasPrefix("profile") } == ["profile.sqlite", "profile.sqlite.kept"]
        )
        #expect(try await head() == 2)
        try data.refuseUnfinishedRestore()
        try await restore(backup, "--store", "profile", "--store", "notifier")
        #expect(try text(of: "notifier.sqlite") == "before")
        for name in others { #expect(try text(of: name) == "after") }
    }

    @Test("what connector has delivered is known nowhere else, so that its store goes back with the log only")
    func connector() async throws {
        let backup = try await backup()
        await #expect(throws: (any Error).self) { try await restore(backup, "--store", "connector") }
        #expect(try text(of: "connector.sqlite") == "after")
    }

    @Test("nothing is changed while somebody writes the log")
    func running() async throws {
        let backup = try await backup()
        let log = try openLog()
        #expect(await refusal(backup, "--store", "profile").contains("“ingest” is running"))
        await log.close()
        #expect(try text(of: "profile.sqlite") == "after")
        try await restore(backup, "--store", "profile")
    }

    @Test("a log that the backup's did not become is refused")
    func otherLog() async throws {
        let backup = try await backup()
        Files.removeTree(data.logDirectory)
        #expect(await refusal(backup, "--store", "profile").contains("There is no log"))
        try await append()
        try await append()
        #expect(await refusal(backup, "--store", "profile").contains("is not what became of the backup's"))
        #expect(try text(of: "profile.sqlite") == "after")
    }

    @Test("a log that has lost what the store has not read is refused")
    func gaps() async throws {
        let backup = try await backup()
        for _ in 0..<3 { try await append(segmentBytes: 1) }
        let log = try openLog()
        try await log.applyRetention(Retention(bytes: 0), to: "events", now: 0)
        await log.close()
        #expect(await refusal(backup, "--store", "profile").contains("Retention has removed"))
        #expect(try text(of: "profile.sqlite") == "after")
    }

    @Test("one that was broken off is done again, and takes nothing else with it")
    func brokenOff() async throws {
        let backup = try await backup()
        let (entries, time) = try backup.contents()
        let target = RestoreTarget(data.path)
        try target.begin(entries.filter { $0.path == "profile.sqlite" || $0.path == "notifier.sqlite" }, of: time)
        #expect(throws: CommandError.self) { try data.refuseUnfinishedRestore() }
        #expect(await refusal(backup).contains("is in use"))
        #expect(await refusal(backup, "--store", "profile").contains("not restored to its end"))
        #expect(try await head() == 1)
        try await restore(backup, "--store", "profile", "--store", "notifier")
        #expect(try text(of: "profile.sqlite") == "before")
        try data.refuseUnfinishedRestore()
    }
}

import ArgumentParser
import Events
import Foundation
import Glibc
import MessageLog
import Testing

@testable import KithCommand

@Suite("kith backup and kith restore")
struct BackupTests {
    private static let lane = "log/events/ingest"

    private let root: String

    init() throws {
        root = FileManager.default.temporaryDirectory.appendingPathComponent("backup-\(UUID().uuidString)").path
        try Files.makeDirectory("\(root)/data/\(Self.lane)")
    }

    // MARK: Lanes

    private func run(into folder: String) -> BackupRun {
        BackupRun(
            instance: Instance(urls: [:], key: nil, keys: nil),
            data: DataDirectory("\(root)/data"),
            folder: BackupFolder("\(root)/\(folder)")
        )
    }

    @Test("every copy of a lane that is written meanwhile can be opened")
    func busyLane() async throws {
        let log = try EmbeddedLog(directory: "\(root)/data/log", producer: "ingest")
        let record = Record(value: [1], timestamp: 1)
        _ = try await log.append([record], to: "events")
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { while !Task.isCancelled { _ = try await log.append([record], to: "events") } }
            for number in 0..<20 {
                #expect(try run(into: "copy\(number)").copied(Self.lane).count == 2)
                let copy = try EmbeddedLog(directory: "\(root)/copy\(number)/log", producer: nil)
                #expect(try await copy.partitions(of: "events").count == 1)
                await copy.close()
            }
            group.cancelAll()
        }
        await log.close()
    }

    @Test("what others talk through, such as a pipe, is left out: to read it would last for ever")
    func pipes() throws {
        let data = "\(root)/data"
        try Files.makeDirectory("\(data)/connectors/shop")
        for name in ["identity.yaml", "connectors/shop/manifest.yaml"] { try Files.write([1], to: "\(data)/\(name)") }
        for name in ["pipe", "connectors/shop/pipe"] { #expect(mkfifo("\(data)/\(name)", 0o600) == 0) }
        #expect(try run(into: "backup").others() == ["identity.yaml", "connectors/shop/manifest.yaml"])
    }

    @Test("a lane whose head marks are not whole is not taken for a copy")
    func tornHead() throws {
        try Files.write([UInt8](repeating: 0, count: 1024), to: "\(root)/data/\(Self.lane)/head")
        #expect(throws: CommandError.self) { try run(into: "backup").copied(Self.lane) }
        #expect(!Files.exists("\(root)/backup/\(Self.lane)/head"))
    }

    @Test("a lane that is only being made is left out, with what is in it")
    func newLane() throws {
        try Files.write([1, 2, 3], to: "\(root)/data/\(Self.lane)/00000000000000000000.seg")
        #expect(try run(into: "backup").copied(Self.lane).isEmpty)
        #expect(!Files.exists("\(root)/backup"))
    }

    // MARK: Restoring

    private func backup(_ name: String, of files: [String: String]) throws -> BackupFolder {
        let folder = BackupFolder("\(root)/\(name)")
        let source = "\(root)/source"
        var entries: [BackupFolder.Entry] = []
        for (path, text) in files {
            try Files.write(Array(text.utf8), to: source)
            entries.append(try #require(try folder.take(source, as: path)))
        }
        try folder.seal(entries, at: Timestamp(microseconds: 1))
        return folder
    }

    @Test("nothing starts on a restore that was broken off, and another one begins anew")
    func brokenOff() async throws {
        let directory = DataDirectory("\(root)/restored")
        let target = RestoreTarget(directory.path)
        let first = try backup("first", of: ["keys.json": "1", "connectors/shop.yaml": "1", "\(Self.lane)/head": "1"])
        try Files.makeDirectory(directory.path)
        try target.begin(first.contents().entries, of: Timestamp(microseconds: 1))
        for entry in try first.contents().entries { try target.take(entry, from: first) }
        #expect(throws: CommandError.self) { try directory.refuseUnfinishedRestore() }

        let second = try backup("second", of: ["keys.json": "2", "log/events/connector/head": "2"])
        let restore = try Restore.parse([second.path, "--data", directory.path])
        try await restore.run()
        try directory.refuseUnfinishedRestore()
        #expect(try Files.read(directory.keysFile) == Array("2".utf8))
        #expect(try Files.list("\(directory.logDirectory)/events") == ["connector"])
        #expect(!Files.exists("\(directory.path)/connectors"))
        await #expect(throws: CommandError.self) { try await restore.run() }
    }

    @Test("a file that is in the way is named before anything is written")
    func inTheWay() async throws {
        let made = try backup("made", of: ["identity.yaml": "1", "kith.yaml": "1"])
        try Files.makeDirectory("\(root)/own")
        try Files.write(Array("mine".utf8), to: "\(root)/own/kith.yaml")
        let restore = try Restore.parse([made.path, "--data", "\(root)/own"])
        let error = await #expect(throws: CommandError.self) { try await restore.run() }
        #expect(error?.problem.contains("kith.yaml") == true)
        #expect(try Files.list("\(root)/own") == ["kith.yaml"])
    }
}

import ArgumentParser
import Events
import Foundation
import ServiceKit
import Testing

@Suite("A backup or a restore that is broken off")
struct BackupStagingTests {
    private let data: String
    private let name = BackupStaging.name(at: Timestamp(microseconds: 7))

    init() throws {
        data = FileManager.default.temporaryDirectory.appending(path: "kith-staging-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
    }

    private func copy(named name: String) -> String { "\(data)/backups/\(name)/profile.sqlite" }

    private func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: copy(named: name)) }

    private func makeCopy(named name: String) throws {
        let folder = "\(data)/backups/\(name)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data([1]).write(to: URL(filePath: copy(named: name)))
    }

    @Test("leaves no copies of stores, but those of one under way and those that somebody asked for stay")
    func abandoned() throws {
        try makeCopy(named: name)
        try makeCopy(named: "mine")
        do {
            let hold = try #require(BackupHold.take(data))
            defer { withExtendedLifetime(hold) {} }
            BackupStaging.removeAbandoned(in: data)
            #expect(exists(name))
        }
        BackupStaging.removeAbandoned(in: data)
        #expect(!exists(name))
        #expect(exists("mine"))
    }

    @Test("leaves no copy either that is made only when it has gone")
    func late() async throws {
        let desk = BackupDesk(data: data, file: "profile.sqlite") { path in
            try Data([1]).write(to: URL(filePath: path))
        }
        do {
            let hold = try #require(BackupHold.take(data))
            defer { withExtendedLifetime(hold) {} }
            _ = try await desk.made(named: name)
            #expect(exists(name))
        }
        _ = try await desk.made(named: name)
        #expect(!exists(name))
    }

    @Test("leaves a directory that no service starts on, and says what to do")
    func restoring() throws {
        _ = try ServiceOptions.parse(["--data", data])
        try Data().write(to: URL(filePath: UnfinishedRestore.mark(in: data)))
        let error = #expect(throws: (any Error).self) { try ServiceOptions.parse(["--data", data]) }
        #expect(error.map { ServiceOptions.fullMessage(for: $0).contains("kith restore") } == true)
    }
}

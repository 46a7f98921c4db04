import Foundation
import MessageLog
import Testing

@Suite("The log in files, between two processes", .enabled(if: Program.exists), .timeLimit(.minutes(1)))
struct TwoProcessTests {
    @Test("shows a reader what another process writes, as it does")
    func readsAnothersAppends() async throws {
        let folder = try Folder()
        let log = try EmbeddedLog(directory: folder.path, producer: nil)
        let partition = Partition(topic: "events", name: "other")
        let writer = try Program.start(["append", folder.path, "events", "other", "--count", "200", "--records", "3"])
        var seen: Offset = 0
        for await _ in log.news(of: ["events"]) {
            while let status = try await log.partitions(of: "events").first, seen < status.head {
                seen += Offset(try await log.read(partition, from: seen, maxRecords: 50, maxBytes: .max).count)
            }
            if seen == 600 { break }
        }
        writer.waitUntilExit()
        #expect(writer.terminationStatus == 0)
        await log.close()
    }

    @Test("wakes a reader in another process")
    func wakesAnother() async throws {
        let folder = try Folder()
        let reader = try Program.start(["follow", folder.path, "events", "100"])
        let log = try EmbeddedLog(directory: folder.path, producer: "ingest")
        for number in 0..<100 {
            _ = try await log.append([Record(value: [UInt8(number)], timestamp: 0)], to: "events")
        }
        reader.waitUntilExit()
        #expect(reader.terminationStatus == 0)
        await log.close()
    }
}

/// The program that appends and reads on request, as built beside these tests.
enum Program {
    private static var url: URL {
        URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent("LogWriter")
    }

    static var exists: Bool { FileManager.default.isExecutableFile(atPath: url.path) }

    static func start(_ arguments: [String]) throws -> Process {
        let process = Process()
        process.executableURL = url
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        return process
    }
}

/// This process.
enum ProcessID {
    static var own: Int { Int(ProcessInfo.processInfo.processIdentifier) }
}

import Foundation
import MessageLog
import Testing

@Suite("The log in files, between two processes", .enabled(if: Program.exists), .timeLimit(.minutes(10)))
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

    @Test("shows a reader in another process no damage and every record while segments are rewritten and appended")
    func rewritesUnderAReader() async throws {
        let folder = try Folder()
        let writer = try Program.start([
            "append", folder.path, "events", "ingest", "--count", "300", "--bytes", "300", "--segment", "5000",
        ])
        writer.waitUntilExit()
        var options = EmbeddedLogOptions()
        options.segmentBytes = 5000
        let log = try EmbeddedLog(directory: folder.path, producer: "ingest", options: options)
        let partition = Partition(topic: "events", name: "ingest")
        let stored = try await log.read(partition, from: 0, maxRecords: 300, maxBytes: .max)
        let originals = Dictionary(uniqueKeysWithValues: stored.map { ($0.record.timestamp, $0.record) })
        let (rounds, output) = (4, Pipe())
        let end = 300 + 3 * rounds
        let reader = try Program.start(
            ["reread", folder.path, "events", "ingest", "--until", "\(end)"],
            output: output
        )
        #expect(output.fileHandleForReading.availableData == Data("ready\n".utf8))
        for round in 1...rounds {
            // A value cut short is what the program expects of a record with a shorter value.
            let length = round * 97 % 300
            _ = try await log.rewrite("events") { originals[$0.record.timestamp]?.cut(to: length) }
            for record in originals.values.prefix(3) { _ = try await log.append([record], to: "events") }
        }
        reader.waitUntilExit()
        #expect(reader.terminationStatus == 0)
        await log.close()
    }
}

extension Record {
    fileprivate func cut(to length: Int) -> Record {
        var record = self
        record.value = Array(value.prefix(length))
        return record
    }
}

/// The program that appends and reads on request, as built beside these tests.
enum Program {
    private static var url: URL {
        URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent("LogWriter")
    }

    static var exists: Bool { FileManager.default.isExecutableFile(atPath: url.path) }

    static func start(_ arguments: [String], output: Any = FileHandle.nullDevice) throws -> Process {
        let process = Process()
        process.executableURL = url
        process.arguments = arguments
        process.standardOutput = output
        try process.run()
        return process
    }
}

/// This process.
enum ProcessID {
    static var own: Int { Int(ProcessInfo.processInfo.processIdentifier) }
}

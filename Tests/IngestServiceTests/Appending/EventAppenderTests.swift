import Foundation
import Identity
import MessageLog
import ServiceKit
import Testing
import Topics

@testable import IngestService

@Suite("Appending what was admitted")
struct EventAppenderTests {
    @Test("a batch that the log does not take at once goes there in parts; what fits nowhere is refused")
    func parts() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "kith-appender-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        var options = EmbeddedLogOptions()
        options.appendBytes = 1000
        let log = try EmbeddedLog(directory: folder.path, producer: "ingest", options: options)
        let key = try SuppressionKey.load(in: folder.path)
        let control = ControlFollower(log: log, key: key, readiness: Readiness())
        let appender = EventAppender(log: log, gate: SuppressionGate(control: control) { Rules() })
        let following = Task { try await control.run() }
        await control.isKnown()
        let records = (0..<50).map { Record(value: Array(repeating: UInt8($0), count: 90), timestamp: 0) }
        try await appender.append(events: records, deadLetters: [])
        let lane = Partition(topic: Topic.events, name: "ingest")
        let found = try await log.read(lane, from: 0, maxRecords: 100, maxBytes: 1 << 20)
        #expect(found.map(\.record.value) == records.map(\.value))
        let large = Record(value: Array(repeating: 0, count: 1000), timestamp: 0)
        await #expect(throws: APIError.self) { try await appender.append(events: [large], deadLetters: []) }
        following.cancel()
        await log.close()
    }
}

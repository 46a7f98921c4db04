import MessageLog
import TestKit
import Testing

@Suite("Every log")
struct ConformanceTests {
    @Test("in memory keeps each promise", arguments: MessageLogConformance.checks)
    func inMemory(_ check: MessageLogConformance.Check) async throws {
        let log = InMemoryLog()
        try await MessageLogConformance { log.shared(with: $0) }.run(check)
    }

    @Test("in files keeps each promise", arguments: MessageLogConformance.checks)
    func embedded(_ check: MessageLogConformance.Check) async throws {
        let folder = try Folder()
        var options = EmbeddedLogOptions()
        options.segmentBytes = 4096
        let (path, limits) = (folder.path, options)
        try await MessageLogConformance { producer in
            try EmbeddedLog(directory: path, producer: producer, options: limits)
        }.run(check)
    }
}

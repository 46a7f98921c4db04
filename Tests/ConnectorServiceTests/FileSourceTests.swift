import ConnectorKit
import Dispatch
import Events
import Foundation
import Synchronization
import Testing

@testable import ConnectorService

@Suite("A file that is read")
struct FileSourceTests {
    @Test("holds up nobody else while it takes its time", .timeLimit(.minutes(5)))
    func holdsUpNobody() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/people.txt"
            try "ann".write(toFile: path, atomically: true, encoding: .utf8)
            let disk = SlowDisk()
            let readings = (0...ProcessInfo.processInfo.activeProcessorCount).map { _ in
                Task { try await SlowSource(path, disk).read(from: nil) { _ in } }
            }
            try await Task.sleep(for: .milliseconds(300))
            #expect(!disk.hasGoneOn, "Whoever reads waits, and so did we.")
            disk.goOn()
            for reading in readings { try await reading.value }
        }
    }
}

/// Has everybody wait until it goes on, after a minute by itself.
private final class SlowDisk: Sendable {
    private let isOver = Atomic(false)
    private let gate = DispatchSemaphore(value: 0)

    var hasGoneOn: Bool { isOver.load(ordering: .relaxed) }

    func wait() {
        _ = gate.wait(timeout: .now() + 60)
        goOn()
    }

    func goOn() {
        isOver.store(true, ordering: .relaxed)
        gate.signal()
    }
}

/// A file without any records on a slow disk.
private struct SlowSource: FileSource {
    static let type = "slow"
    static let summary = "A file on a slow disk."
    static let settings: [SettingField] = []

    let path: String
    let interval: Duration? = nil
    let isReadOnce = true
    private let disk: SlowDisk

    init(_ path: String, _ disk: SlowDisk) {
        self.path = path
        self.disk = disk
    }

    init(_ setup: SourceSetup) throws(SettingsError) { throw .missing("path") }

    func format(from bookmark: FileBookmark?, time: Timestamp) -> NoRecords {
        disk.wait()
        return NoRecords()
    }
}

private struct NoRecords: FileFormat {
    private(set) var offset: Int64 = 0
    let header: [String] = []

    mutating func add(_ bytes: ArraySlice<UInt8>) { offset += Int64(bytes.count) }

    mutating func finish() {}

    mutating func next() throws(FileFormatError) -> FileItem? { nil }
}

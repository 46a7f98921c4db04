import Dispatch
import Foundation
import Glibc
import Synchronization
import Testing

@testable import ConnectorService

@Suite("A file to which lines are added")
struct AppendedFileTests {
    private let path = FileManager.default.temporaryDirectory.appending(path: "lines-\(UUID().uuidString)").path

    private func lines(after add: (AppendedFile) async throws -> Void) async throws -> [String] {
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await add(AppendedFile(path: path))
        return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    @Test("has each line once, behind its first one")
    func addsOnce() async throws {
        let lines = try await lines { file in
            for line in ["1,a", "2,b", "1,a"] { try await file.append(line, first: "id,x") }
        }
        #expect(lines == ["id,x", "1,a", "2,b"])
    }

    @Test("gets a line again that was cut, even if another one has come behind it")
    func addsCut() async throws {
        try Data("id,x\n1,abc\n2,ab".utf8).write(to: URL(filePath: path))
        let lines = try await lines { file in
            for line in ["3,abc", "2,abc", "1,abc", "2,abc"] { try await file.append(line) }
        }
        #expect(lines == ["id,x", "1,abc", "2,ab", "3,abc", "2,abc"])
    }

    @Test("holds up nobody else while it takes its time", .timeLimit(.minutes(5)))
    func holdsUpNobody() async throws {
        try Data().write(to: URL(filePath: path))
        let lease = Lease(path)
        try #require(lease.isHeld)
        let lines = try await lines { file in
            let added = (0..<100).map { number in Task { try await file.append("\(number)") } }
            try await Task.sleep(for: .milliseconds(300))
            #expect(lease.isHeld, "Whoever adds a line waits, and so did we.")
            lease.end()
            for line in added { try await line.value }
        }
        #expect(Set(lines) == Set((0..<100).map(String.init)))
    }
}

/// Has everybody who opens a file wait until it ends, after forty seconds by itself: a little later the system ends it.
private final class Lease: Sendable {
    private let state: Mutex<(descriptor: Int32, isHeld: Bool)>

    init(_ path: String) {
        let (ofSignal, ofLease) = (Int32(10), Int32(1024))
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        // Nobody listens to the signal by which it is asked for the file.
        let isHeld = fcntl(descriptor, ofSignal, SIGURG) == 0 && fcntl(descriptor, ofLease, Int32(F_WRLCK)) == 0
        state = Mutex((descriptor: descriptor, isHeld: isHeld))
        DispatchQueue.global().asyncAfter(deadline: .now() + 40) { self.end() }
    }

    var isHeld: Bool { state.withLock { $0.isHeld } }

    func end() {
        state.withLock { state in
            guard state.descriptor >= 0 else { return }
            close(state.descriptor)
            state = (-1, false)
        }
    }
}

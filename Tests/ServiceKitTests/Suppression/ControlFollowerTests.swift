import Events
import Foundation
import MessageLog
import ServiceKit
import TestKit
import Testing
import Topics

@Suite("Following what people decide")
struct ControlFollowerTests {
    private static let ann = Identifier("email", "ann@example.com")
    private static let word = Word(author: "eve", reason: "so", time: Timestamp(microseconds: 1))
    private let log = InMemoryLog()
    private let key: SuppressionKey

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "kith-control-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        key = try SuppressionKey.load(in: url.path)
    }

    private func say(_ records: ControlRecord...) async throws {
        _ = try await log.append(records.map { $0.record(at: Timestamp(microseconds: 1)) }, to: Topic.control)
    }

    private var suppression: ControlRecord {
        .suppression(
            Suppression(
                id: "s1",
                hashes: [key.hash(of: Self.ann)],
                identifiers: [Self.ann],
                profileIDs: ["p"],
                word: Self.word
            )
        )
    }

    @Test("who is suppressed is known before it is ready, and until the suppression is withdrawn")
    func follows() async throws {
        try await say(suppression)
        let readiness = Readiness()
        let control = ControlFollower(log: log, key: key, readiness: readiness)
        #expect(readiness.missing.contains("control"))
        #expect(control.hasSuppressions)
        let following = Task { try await control.run() }
        await control.isKnown()
        #expect(control.isSuppressed(Self.ann))
        #expect(!control.isSuppressed(Identifier("user", "bob")))
        try await say(.withdrawal(Withdrawal(id: "s1", word: Self.word)))
        for await _ in control.news where !control.hasSuppressions { break }
        #expect(!control.isSuppressed(Self.ann))
        following.cancel()
    }

    @Test("where nobody is suppressed nothing is looked up; what is erased and what is unknown is passed over")
    func nobody() async throws {
        let tombstone = Record(value: Topic.tombstone(of: Topic.control), timestamp: 1)
        let unknown = Record(value: Array(#"{"kind":"new"}"#.utf8), timestamp: 1)
        _ = try await log.append([tombstone, unknown], to: Topic.control)
        let control = ControlFollower(log: log, key: key, readiness: Readiness())
        let following = Task { try await control.run() }
        await control.isKnown()
        #expect(!control.hasSuppressions)
        #expect(!control.isSuppressed(Self.ann))
        following.cancel()
    }
}

import FoundationEssentials
import MessageLog
import Store
import TestKit
import Testing
import Topics

@testable import ProfileService

@Suite("What is noted of the progress in events")
struct NotedProgressTests {
    private let log = InMemoryLog(producer: "ingest")
    private let partition = Partition(topic: Topic.events, name: "ingest")
    private let folder = FileManager.default.temporaryDirectory.path + "/kith-noted-\(UInt64.random(in: 0 ... .max))"

    /// A store that has taken in so many of ten events, eight of which are noted and two gone.
    private func store(taken: Offset?) async throws -> SQLiteStore {
        for _ in 0..<10 { _ = try await log.append([Record(value: [1], timestamp: 0)], to: Topic.events) }
        try await log.record(progress: [partition: 2], of: "profile", in: Topic.events)
        try await log.applyRetention(Retention(bytes: 0), to: Topic.events, now: 0)
        try await log.record(progress: [partition: 8], of: "profile", in: Topic.events)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let store = try StoreFiles.open("\(folder)/profile.sqlite")
        if let taken {
            let epoch = try #require(try await log.partitions(of: Topic.events).first?.epoch)
            _ = try await store.write { try ConsumedPosition.begin(partition, epoch: epoch, at: taken, in: $0) }
        }
        return store
    }

    @Test(
        "is what the store has taken in, where that is less",
        arguments: [(nil, 2), (5, 5), (8, 8), (9, 8)] as [(Offset?, Offset)]
    )
    func corrected(taken: Offset?, noted: Offset) async throws {
        let store = try await store(taken: taken)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await NotedProgress(log: log, consumer: "profile").correct(to: store)
        #expect(try await log.consumers(of: Topic.events).map(\.positions) == [[partition: noted]])
    }

    @Test("is nothing where nobody has noted anything")
    func nobody() async throws {
        let store = try await store(taken: nil)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await NotedProgress(log: log, consumer: "other").correct(to: store)
        #expect(try await log.consumers(of: Topic.events).map(\.name) == ["profile"])
    }
}

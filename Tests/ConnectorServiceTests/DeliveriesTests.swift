import Events
import Foundation
import MessageLog
import Store
import Testing
import Topics

@testable import ConnectorService

@Suite("The deliveries that a store keeps")
struct DeliveriesTests {
    private let time = Timestamp(microseconds: 1_767_225_600_000_000)

    /// A store with commands of these ids.
    private func withStore(of ids: [String], _ body: (ConnectorStore) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "deliveries-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let store = try ConnectorStore(path: "\(directory.path)/store.sqlite")
        let commands = ids.map { id in
            Command(
                id: id,
                destination: "crm",
                rule: "r",
                identifier: Identifier("email", "ann@example.com"),
                causedBy: "m-\(id)",
                payload: [:],
                createdAt: time,
                notAfter: time
            )
        }
        let log = InMemoryLog(producer: "notifier")
        _ = try await log.append(commands.map { $0.record(at: time) }, to: Topic.commands)
        let status = try #require(try await log.partitions(of: Topic.commands).first)
        try await store.accept(commands, publishing: [], in: status, from: 0, to: status.head)
        try await body(store)
    }

    @Test("are forgotten a month after they have ended, some at a time")
    func forgetsOld() async throws {
        try await withStore(of: ["1", "2", "3", "4"]) { store in
            for _ in 1...3 {
                let delivery = try #require(try await store.begin(for: "crm", at: time))
                try await store.end(delivery, .delivered(detail: "200"), publishing: [], at: time)
            }
            let later = Timestamp(microseconds: time.microseconds + 1)
            #expect(try await !store.forgetDeliveries(before: time, limit: 2))
            #expect(try await store.forgetDeliveries(before: later, limit: 2))
            #expect(try await store.deliveryCounts()["crm"] == DeliveryCounts(pending: 1, delivered: 1))
            #expect(try await !store.forgetDeliveries(before: later, limit: 2))
            #expect(try await store.deliveryCounts()["crm"] == DeliveryCounts(pending: 1))
            let attempts = try await store.read { db in try db.value("SELECT count(*) FROM attempt", as: Int.self) }
            #expect(attempts == 0)
        }
    }

    @Test("keep of what a server says what every store takes, and not more than a person reads")
    func keepsStorable() async throws {
        try await withStore(of: ["1"]) { store in
            let reason = "500: a\0b" + String(repeating: "x", count: 3000)
            let delivery = try #require(try await store.begin(for: "crm", at: time))
            try await store.end(delivery, .again(at: time, reason: reason), publishing: [], at: time)
            try await store.tell(["s": SourceStatus(state: .failing, error: reason)])
            try await store.add(ImportRow(id: "i", entry: [:], state: .running, error: nil), at: time)
            try await store.endImport("i", .failed, error: reason, at: time)
            let kept = try await store.read { db in
                try [
                    "SELECT detail FROM delivery", "SELECT detail FROM attempt", "SELECT error FROM source_status",
                    "SELECT error FROM import",
                ]
                .map { try db.value($0, as: String.self) ?? "" }
            }
            #expect(kept.allSatisfy { $0.hasPrefix("500: a\u{FFFD}bx") && $0.count == 2000 })
        }
    }
}

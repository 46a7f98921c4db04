import ConnectorKit
import Events
import Foundation
import Membership
import MessageLog
import Store
import TestKit
import Testing
import Topics

@testable import ConnectorService

@Suite("The sources of a group")
struct SourceFleetTests {
    @Test(
        "are imported from once it is settled what a member that is gone had put on the log",
        .timeLimit(.minutes(5))
    )
    func importsAfterSettling() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/people.csv"
            try Data("email,city\nann@example.com,Bern\n".utf8).write(to: URL(fileURLWithPath: path))
            let tables = try SQLiteStore(path: "\(folder)/store.sqlite", migrations: Schema.migrations)
            let (gone, store) = (ConnectorStore(tables, member: "gone"), ConnectorStore(tables, member: "heir"))
            let entry: JSONValue = ["name": "people", "type": "csv", "path": .string(path)]
            let row = ImportRow(id: "i", entry: entry, state: .running, error: nil)
            let time = Timestamp(microseconds: 0)
            try await store.add(row, at: time)
            let effect = Effects.SourceEffect(
                name: try Import(row).source.stateName,
                state: nil,
                records: 0,
                rejected: 0,
                request: nil,
                time: time
            )
            try await gone.note(Effects(source: effect), topic: Topic.events, sequence: 1)

            let log = InMemoryLog(producer: "heir")
            let publisher = Publisher(log: log, store: store)
            let runner = SourceRunner(
                store: store,
                publisher: publisher,
                board: SourceBoard(),
                pauses: try await Pauses(store)
            )
            let fleet = SourceFleet(sources: [], runner: runner, membership: .alone)
            try await withThrowingTaskGroup { group in
                group.addTask { try await publisher.run() }
                group.addTask { try await fleet.run() }
                try await Task.sleep(for: .milliseconds(500))
                #expect(try await store.importRow("i")?.state == .running)
                #expect(try await log.partitions(of: Topic.events).isEmpty)
                try await store.recover("gone") { _ in 0 }
                while try await store.importRow("i")?.state == .running { try await Task.sleep(for: .milliseconds(10)) }
                #expect(try await store.importRow("i")?.state == .done)
                #expect(try await log.partitions(of: Topic.events).map(\.head) == [1])
                group.cancelAll()
            }
        }
    }
}

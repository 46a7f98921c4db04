import ConnectorKit
import Events
import Identity
import Membership
import MessageLog
import ServiceKit
import Store
import Testing
import Topics

@testable import ConnectorService

@Suite("Who delivers commands")
struct DeliveryDeskTests {
    private let time = SystemClock.now()

    /// Serves a destination where nobody listens, with one command and a store that takes no outcome.
    @Test("ends when the store takes nothing, and waits for nobody", .timeLimit(.minutes(1)))
    func failingStore() async throws {
        try await withTemporaryFolder(expectFailure)
    }

    private func expectFailure(in folder: String) async throws {
        let store = try ConnectorStore(path: "\(folder)/store.sqlite")
        let log = InMemoryLog(producer: "connector")
        let key = try SuppressionKey.load(in: folder)
        let control = ControlFollower(log: log, key: key, readiness: Readiness())
        let following = Task { try await control.run() }
        defer { following.cancel() }
        let desk = try desk(store, log, control)
        let command = Command(
            id: "1",
            destination: "crm",
            rule: "r",
            identifier: Identifier("user", "ann"),
            causedBy: "m",
            payload: ["body": [:]],
            createdAt: time,
            notAfter: Timestamp(microseconds: time.microseconds + 3_600_000_000)
        )
        _ = try await log.append([command.record(at: time)], to: Topic.commands)
        let status = try #require(try await log.partitions(of: Topic.commands).first)
        try await store.write { db in
            try db.execute(
                "CREATE TRIGGER full BEFORE UPDATE OF ended ON attempt BEGIN SELECT RAISE(ABORT, 'full'); END"
            )
        }
        let serving = Task { try await desk.run() }
        try await store.accept([command], publishing: [], in: status, from: 0, to: status.head)
        desk.wakeAll()
        await #expect(throws: (any Error).self) { try await serving.value }
    }

    private func desk(_ store: ConnectorStore, _ log: InMemoryLog, _ control: ControlFollower) throws -> DeliveryDesk {
        let entry = Configuration.Entry(
            name: "crm",
            type: "webhook",
            values: [
                "url": "http://127.0.0.1:9/", "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLjMzSGVsbG8=",
                "allow": ["127.0.0.0/8"],
            ]
        )
        let catalog = Catalog.builtIn()
        let publisher = Publisher(log: log, store: store)
        return DeliveryDesk(
            destinations: [try ConfiguredDestination(entry, catalog: catalog)],
            store: store,
            outbox: Outbox(store: store, publisher: publisher),
            gate: SuppressionGate(control: control) { Rules() },
            membership: .alone
        )
    }
}

import ConnectorKit
import Curl
import Events
import Identity
import Membership
import MessageLog
import ServiceKit
import Store
import Synchronization
import TestKit
import Testing
import Topics

@testable import ConnectorService

/// A destination that wants to be left alone when it is first asked for.
private struct RestingDestination: NativeDestination {
    static let type = "resting"
    static let summary = "Rests first."
    static let settings: [SettingField] = []
    private static let calls = Mutex(0)

    init(name: String, settings: Settings) throws(SettingsError) {}

    func deliver(_ command: Command) async -> DeliveryOutcome {
        let isFirst = Self.calls.withLock { calls in
            calls += 1
            return calls == 1
        }
        return isFirst ? .putOff(for: .milliseconds(300), reason: "Later.") : .delivered(detail: "200")
    }
}

/// A destination that may be asked once only, and answers when the attempt is cut off.
private struct OnceDestination: NativeDestination {
    static let type = "once"
    static let summary = "Once."
    static let settings: [SettingField] = []
    /// Whom it was asked for.
    static let asked = Mutex<[String]>([])

    init(name: String, settings: Settings) throws(SettingsError) {}

    func deliver(_ command: Command) async -> DeliveryOutcome {
        Self.asked.withLock { $0.append(command.id) }
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(60)) }
        return .delivered(detail: "201")
    }

    func isRepeatable(_ command: Command) -> Bool { false }
}

@Suite("Who delivers commands")
struct DeliveryDeskTests {
    private let time = SystemClock.now()

    /// Serves a destination where nobody listens, with one command and a store that takes no outcome.
    @Test("ends when the store takes nothing, and waits for nobody", .timeLimit(.minutes(5)))
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
        let command = command(for: "ann")
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

    @Test("asks again when a destination was not asked, which was no attempt", .timeLimit(.minutes(5)))
    func putsOff() async throws {
        try await withDesk(of: RestingDestination.self, ["concurrency": "1"], for: ["ann", "bob"]) { store, desk in
            let serving = Task { try await desk.run() }
            defer { serving.cancel() }
            while try await store.deliveryCounts()["crm"]?.delivered != 2 {
                try await Task.sleep(for: .milliseconds(10))
            }
            let attempts = try await store.read { db in
                try db.rows("SELECT number FROM attempt ORDER BY delivery").map { $0["number"] as Int }
            }
            #expect(attempts == [1, 1])
        }
    }

    @Test("gives up what must not be done twice and was under way when it died", .timeLimit(.minutes(5)))
    func givesUpCutOff() async throws {
        try await withDesk(of: OnceDestination.self, for: ["dan"]) { store, desk in
            // Somebody dies after this.
            _ = try #require(try await store.begin(for: "crm", at: time))
            let serving = Task { try await desk.run() }
            defer { serving.cancel() }
            while try await store.deliveryCounts()["crm"]?.failed != 1 { try await Task.sleep(for: .milliseconds(10)) }
            let (detail, topics) = try await store.read { db in
                (
                    try db.value("SELECT detail FROM delivery", as: String.self),
                    try db.rows("SELECT topic FROM outbox ORDER BY topic").map { $0["topic"] as String }
                )
            }
            let reason = "Whether it was done is not known, and it must not be done twice."
            #expect(detail == "\(reason) The connector ended during the attempt.")
            #expect(topics == [Topic.deadLetters, Topic.events])
            #expect(!OnceDestination.asked.withLock { $0.contains("dan") })
        }
    }

    @Test("notes an answer that comes when an attempt is cut off", .timeLimit(.minutes(5)))
    func notesLateAnswer() async throws {
        try await withDesk(of: OnceDestination.self, for: ["eve"]) { store, desk in
            let serving = Task { try await desk.run() }
            while !OnceDestination.asked.withLock({ $0.contains("eve") }) {
                try await Task.sleep(for: .milliseconds(10))
            }
            serving.cancel()
            _ = await serving.result
            #expect(try await store.deliveryCounts()["crm"] == DeliveryCounts(delivered: 1))
        }
    }

    /// A destination with a command for each user that waits.
    private func withDesk<Made: NativeDestination>(
        of type: Made.Type,
        _ values: [String: JSONValue] = [:],
        for users: [String],
        _ body: (ConnectorStore, DeliveryDesk) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let store = try ConnectorStore(path: "\(folder)/store.sqlite")
            let log = InMemoryLog(producer: "connector")
            let key = try SuppressionKey.load(in: folder)
            let control = ControlFollower(log: log, key: key, readiness: Readiness())
            let following = Task { try await control.run() }
            defer { following.cancel() }
            let catalog = Catalog(sources: [], destinations: [type]) { _ in
                Surroundings(HTTPClient(), vault: MemoryVault())
            }
            let entry = Configuration.Entry(name: "crm", type: Made.type, values: values)
            let desk = try desk(try ConfiguredDestination(entry, catalog: catalog), store, log, control)
            let commands = users.map { command(for: $0) }
            _ = try await log.append(commands.map { $0.record(at: time) }, to: Topic.commands)
            let status = try #require(try await log.partitions(of: Topic.commands).first)
            try await store.accept(commands, publishing: [], in: status, from: 0, to: status.head)
            try await body(store, desk)
        }
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
        return try desk(try ConfiguredDestination(entry, catalog: .builtIn()), store, log, control)
    }

    private func desk(
        _ destination: ConfiguredDestination,
        _ store: ConnectorStore,
        _ log: InMemoryLog,
        _ control: ControlFollower
    ) throws -> DeliveryDesk {
        DeliveryDesk(
            destinations: [destination],
            store: store,
            outbox: Outbox(store: store, publisher: Publisher(log: log, store: store)),
            gate: SuppressionGate(control: control) { Rules() },
            membership: .alone
        )
    }

    private func command(for user: String) -> Command {
        Command(
            id: user,
            destination: "crm",
            rule: "r",
            identifier: Identifier("user", user),
            causedBy: "m",
            payload: ["body": [:]],
            createdAt: time,
            notAfter: Timestamp(microseconds: time.microseconds + 3_600_000_000)
        )
    }
}

import Dispatch
import Events
import HTTPTypes
import Identity
import Membership
import MessageLog
import ServiceKit
import Store
import Synchronization
import TestKit
import Testing

@testable import ConnectorService

@Suite("A store without room")
struct FullStoreTests {
    @Test("is told with a 503, and takes everything again once there is some")
    func full() async throws {
        try await withTemporaryFolder { folder in
            let store = try ConnectorStore(path: "\(folder)/store.sqlite")
            // SQLite says the same as when the disk is full.
            try await store.write { _ = try $0.rows("PRAGMA max_page_count = 1") }
            let error = await #expect(throws: (any Error).self) { try await keep(in: store) }
            let answer = APIError.ofService(try #require(error))
            #expect(answer.status == .serviceUnavailable)
            #expect(answer.code == "store_full")
            try await store.write { _ = try $0.rows("PRAGMA max_page_count = 1000000") }
            try await keep(in: store)
        }
    }

    @Test("is waited for by what nobody would try again", .timeLimit(.minutes(5)))
    func waiting() async throws {
        try await withTemporaryFolder { folder in
            let store = try ConnectorStore(path: "\(folder)/store.sqlite")
            try await store.write { _ = try $0.rows("PRAGMA max_page_count = 1") }
            let letters = [String(repeating: "x", count: 1 << 20)]
            async let noted: Void = store.noteLetters(letters, source: "crm", at: Timestamp(microseconds: 0))
            while !store.room.isAwaited { try await Task.sleep(for: .milliseconds(10)) }
            try await store.write { _ = try $0.rows("PRAGMA max_page_count = 1000000") }
            try await noted
            #expect(!store.room.isAwaited)
            #expect(try await store.knownLetters(letters, source: "crm").count == 1)
        }
    }

    @Test("is not waited for by whoever asks what all sources do while others wait", .timeLimit(.minutes(5)))
    func asking() async throws {
        try await withTemporaryFolder { folder in
            let store = try ConnectorStore(path: "\(folder)/store.sqlite")
            let liaison = try await makeLiaison(store, in: folder)
            try await store.write { _ = try $0.rows("PRAGMA max_page_count = 1") }
            fail("first", on: liaison.runner.board)
            async let told: Void = liaison.tell()
            while !store.room.isAwaited { try await Task.sleep(for: .milliseconds(10)) }
            fail("second", on: liaison.runner.board)
            try await liaison.tell()
            try await store.write { _ = try $0.rows("PRAGMA max_page_count = 1000000") }
            try await told
            try await liaison.tell()
            #expect(try await store.news().statuses.count == 200)
        }
    }

    @Test("is not waited for by whoever asks what all sources do, also while there is only much to write")
    func askingWhileWriting() async throws {
        let cluster = try PostgreSQLCluster()
        defer { withExtendedLifetime(cluster) {} }
        try await cluster.start()
        let migrations = Schema.migrations + [MemberTable.migration]
        let (address, name) = (cluster.address, "kith_connector")
        let tables = try await PostgreSQLStore(address, schema: name, migrations: migrations, isShared: true)
        let membership = try await Membership.join(nil, as: "one", in: tables)
        let store = ConnectorStore(tables, member: "one")
        try await withTemporaryFolder { folder in
            let liaison = try await makeLiaison(store, in: folder, membership)
            fail("first", on: liaison.runner.board)
            let gate = DispatchSemaphore(value: 0)
            let (begun, begins) = AsyncStream<Void>.makeStream()
            let isOver = Atomic(false)
            let writing = Task {
                try await store.write { _ in
                    begins.finish()
                    _ = gate.wait(timeout: .now() + 60)
                    isOver.store(true, ordering: .relaxed)
                }
            }
            for await _ in begun {}
            try await liaison.learn()
            let hasWaited = isOver.load(ordering: .relaxed)
            #expect(!hasWaited)
            gate.signal()
            try await writing.value
        }
    }

    /// So many sources that there is no room to tell of them.
    private func fail(_ name: String, on board: SourceBoard) {
        for number in 0..<100 {
            board.update("\(name)\(number)") { $0.error = String(repeating: "x", count: 2000) }
        }
    }

    private func makeLiaison(
        _ store: ConnectorStore,
        in folder: String,
        _ membership: Membership = .alone
    ) async throws -> Liaison {
        let log = InMemoryLog(producer: "connector")
        let publisher = Publisher(log: log, store: store)
        let pauses = try await Pauses(store)
        let runner = SourceRunner(store: store, publisher: publisher, board: SourceBoard(), pauses: pauses)
        let control = ControlFollower(log: log, key: try SuppressionKey.load(in: folder), readiness: Readiness())
        let desk = DeliveryDesk(
            destinations: [],
            store: store,
            outbox: Outbox(store: store, publisher: publisher),
            gate: SuppressionGate(control: control) { Rules() },
            membership: membership
        )
        let fleet = SourceFleet(sources: [], runner: runner, membership: membership)
        return Liaison(store: store, fleet: fleet, runner: runner, desk: desk)
    }

    private func keep(in store: ConnectorStore) async throws {
        try await store.replaceState(.string(String(repeating: "x", count: 1 << 20)), source: "crm")
    }
}

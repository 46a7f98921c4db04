import Events
import Foundation
import Identity
import Logging
import MessageLog
import ServiceKit
import Store
import TestKit
import Topics

@testable import ProfileService

/// A log, the stores and what works on them, in a folder that goes with it.
final class RebuildWorld {
    static let now = Timestamp(microseconds: 1_800_000_000_000_000)
    static let secret: [UInt8] = Array(repeating: 7, count: 32)

    let folder: String
    let log: InMemoryLog
    let places: any StorePlaces
    private let rules: Rules
    private(set) var process: Process

    /// By which it is known who is to be forgotten.
    let key: SuppressionKey

    /// What one process has of it.
    struct Process {
        let consumer: EventConsumer
        let inUse: StoreInUse
        let desk: RebuildDesk
        let rebuilder: Rebuilder
    }

    /// A world whose first store is made by these rules; ids are as in every ``PipelineWorld``.
    init(
        rules: Rules = Rules(),
        log: InMemoryLog = InMemoryLog(producer: "profile"),
        wrapping wrapped: (any StorePlaces) -> any StorePlaces = { $0 }
    ) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("rebuild-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        self.log = log
        self.rules = rules
        key = try SuppressionKey.load(in: folder)
        places = wrapped(Engine.places(in: folder))
        let store = try places.open(1, for: .service)
        try store.write { try Meta.set("secret", Self.secret, in: $0) }
        process = try Self.process(folder, places, log, rules, rebuildingFrom: log)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Goes on as the next process does after this one was killed; its rebuilds may see the log otherwise than the rest.
    func restart(batch: Int = 8192, rebuildingFrom other: (any MessageLog)? = nil) throws {
        process = try Self.process(folder, places, log, rules, batch: batch, rebuildingFrom: other ?? log)
    }

    private static func process(
        _ folder: String,
        _ places: any StorePlaces,
        _ log: InMemoryLog,
        _ rules: Rules,
        batch: Int = 8192,
        rebuildingFrom source: any MessageLog
    ) throws -> Process {
        let opened = try places.open(orNewBy: rules)
        var settings = PipelineSettings(
            rules: opened.live.rules.rules,
            hash: opened.live.hash,
            markPath: folder + "/profile.inflight"
        )
        settings.suppressionKey = try SuppressionKey.load(in: folder)
        settings.now = { RebuildWorld.now }
        let inEffect = BookInEffect()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        var limits = EventConsumer.Limits()
        limits.batch.records = batch
        limits.patience = .milliseconds(100)
        let consumer = try EventConsumer(
            log: log,
            store: opened.live.store,
            settings: settings,
            limits: limits,
            inEffect: inEffect,
            logger: logger
        )
        let inUse = StoreInUse(opened.live.view)
        let desk = RebuildDesk(
            inEffect: inEffect,
            now: { RebuildWorld.now },
            keep: { request in try await inUse.view.reader.write { try request.keep(in: $0) } }
        )
        settings.markPath = folder + "/profile.rebuild.inflight"
        let rebuilder = try Rebuilder(
            log: source,
            places: places,
            opened: opened,
            consumer: consumer,
            inUse: inUse,
            desk: desk,
            settings: settings,
            logger: logger
        )
        return Process(consumer: consumer, inUse: inUse, desk: desk, rebuilder: rebuilder)
    }

    // MARK: - Doing

    func send(_ events: [TestEvent], from producer: String = "ingest") async throws {
        _ = try await log.shared(with: producer).append(events.map(\.record), to: Topic.events, sequence: nil)
    }

    /// Starts the consumer and takes in all there is.
    func settle() async throws {
        try await process.consumer.start()
        try await process.consumer.drain()
    }

    /// Rebuilds, and returns how it ended; meanwhile something else may happen.
    @discardableResult
    func rebuild(
        by rules: Rules,
        dryRun: Bool = false,
        meanwhile work: @Sendable (Process) async throws -> Void = { _ in }
    ) async throws -> RebuildStatus {
        let startedAt = Timestamp(microseconds: 1_800_000_000_000_001)
        _ = try await process.desk.begin(RebuildRequest(rules: rules, isDryRun: dryRun, startedAt: startedAt))
        return try await run(meanwhile: work)
    }

    /// Lets the rebuilder work until there is nothing to do; this process takes no other request then.
    func run(meanwhile work: @Sendable (Process) async throws -> Void = { _ in }) async throws -> RebuildStatus {
        let process = process
        process.desk.close()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await process.rebuilder.run() }
            try await work(process)
            try await group.waitForAll()
            return process.desk.status
        }
    }

    /// Waits until the files of old stores are gone.
    func swept() async throws {
        while try places.numbers().count > 1 {
            await process.rebuilder.sweep()
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    // MARK: - Looking

    /// All that is known, told without the store's numbers.
    func graph() throws -> Portrayal {
        try process.inUse.view.reader.read { try Portrayal(in: $0) }
    }

    /// What the API shows besides: the revision and the former ids of each profile, by its id.
    func histories() throws -> [String: String] {
        try process.inUse.view.reader.read { db in
            let ids: [Int64] = try db.all("SELECT id FROM profile") { $0[0] }
            let views = try ids.compactMap { try ProfileView($0, in: db) }
            return Dictionary(
                uniqueKeysWithValues: try views.map { ($0.id, "\($0.revision) \(try $0.formerIDs(in: db))") }
            )
        }
    }

    func changes() async throws -> [Change] {
        guard try await log.partitions(of: Topic.changes).contains(where: { $0.partition.name == "profile" }) else {
            return []
        }
        let partition = Partition(topic: Topic.changes, name: "profile")
        return try await log.read(partition, from: 0, maxRecords: 100_000, maxBytes: 1 << 30)
            .map { try Change(decoding: $0.record.value) }
    }
}

extension Rules {
    /// Rules by which many that were one are several, and the other way round.
    static var others: Rules {
        var rules = Rules()
        rules.namespaces[Namespace.email] = NamespaceRule(
            priority: 40,
            limit: 1,
            normalization: .email,
            shareThreshold: 1
        )
        rules.namespaces[Namespace.phone]?.junk = ["+12015550110"]
        rules.traits["plan"] = .first
        return rules
    }
}

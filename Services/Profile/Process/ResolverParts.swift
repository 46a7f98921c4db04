import MessageLog
import ServiceKit
import ServiceLifecycle
import Store
import Topics

/// What resolves: it takes events into the store, makes that anew when it is asked to, and removes from the log what need not be kept.
///
/// One process at a time does. Nothing here holds on to the store: a rebuild puts another in its place.
struct ResolverParts {
    /// What it works with.
    struct Surroundings {
        /// The log, with the lanes in which changes are told.
        let log: any MessageLog
        /// The name of those lanes, and of the consumer.
        let name: String
        let places: any StorePlaces
        /// What the files are called that tell what is in flight.
        var marks = "profile"
        /// Waits for the store, unless somebody else does.
        var readiness: Readiness?
        var inEffect = BookInEffect()
        var noteAdopted: @Sendable ([Partition: Offset]) async throws -> Void = { _ in }
        var oldestRead: @Sendable () async throws -> Int = { .max }
    }

    /// The store that is in use.
    let inUse: StoreInUse
    /// Where rebuilds are asked for.
    let desk: RebuildDesk
    /// What is to run.
    let services: [any Service]
    /// Leaves nothing on the disk of whom the store has forgotten.
    let cleanStore: @Sendable ([Suppression]) async throws -> Void

    init(_ own: ProfileProcess, from opened: OpenedStores, in surroundings: Surroundings) throws {
        let (log, logger) = (surroundings.log, own.process.logger)
        let inUse = StoreInUse(opened.live.view)
        self.inUse = inUse
        desk = RebuildDesk(
            inEffect: surroundings.inEffect,
            keep: { request in try await inUse.view.reader.write { try request.keep(in: $0) } }
        )
        var settings = own.settings(opened.live, mark: surroundings.marks)
        settings.logNotice = own.process.logNotice()
        settings.storeNotice = WaitNotice(.store, in: (surroundings.places as? StoreFiles)?.directory)
        let consumer = try EventConsumer(
            log: log,
            store: opened.live.store,
            settings: settings,
            name: surroundings.name,
            inEffect: surroundings.inEffect,
            noteAdopted: surroundings.noteAdopted,
            readiness: surroundings.readiness,
            logger: logger
        )
        settings = own.settings(opened.live, mark: "\(surroundings.marks).rebuild")
        let rebuilder = try Rebuilder(
            log: log,
            places: surroundings.places,
            opened: opened,
            consumer: consumer,
            inUse: inUse,
            desk: desk,
            settings: settings,
            oldestRead: surroundings.oldestRead,
            logger: logger
        )
        services = [consumer, rebuilder, own.keeper]
        cleanStore = { _ in try await consumer.wipe() }
    }
}

extension ProfileProcess {
    fileprivate func settings(_ live: LiveStore, mark: String) -> PipelineSettings {
        var settings = PipelineSettings(
            rules: live.rules.rules,
            hash: live.hash,
            markPath: "\(process.options.data)/\(mark).inflight"
        )
        settings.suppressionKey = suppressionKey
        settings.trapOn = Environment["KITH_TEST_TRAP_ON"]
        return settings
    }
}

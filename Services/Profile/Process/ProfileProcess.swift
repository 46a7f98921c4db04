import Hummingbird
import Identity
import IdentityRules
import Logging
import Membership
import MessageLog
import ServiceKit
import ServiceLifecycle
import Store
import Topics

/// What every process of `profile` has, whether it resolves or only answers.
struct ProfileProcess: Sendable {
    let process: ServiceProcess
    let file: IdentityRulesFile
    let rules: Rules
    let keeper: RetentionKeeper
    let suppressionKey: SuppressionKey
    /// The name of its own lanes.
    let lane: String
    let log: any MessageLog
    let keys: KeyRing
    let forgetting: Forgetting

    /// Opens the log, with the lanes of a name.
    init(
        _ process: ServiceProcess,
        lane: String,
        file: IdentityRulesFile,
        rules: Rules,
        keeper: RetentionKeeper
    ) async throws {
        self.process = process
        self.lane = lane
        self.file = file
        self.rules = rules
        self.keeper = keeper
        log = try await process.openLog(as: lane)
        suppressionKey = try SuppressionKey.configured(orIn: process.options.data)
        forgetting = try Forgetting(process, log: log, of: lane, rules: file)
        keys = KeyRing(log: log, readiness: process.readiness)
    }

    /// Answers, and does what else there is, until the process is to stop.
    ///
    /// - Parameter services: What runs beside the API, behind what reads keys and decisions.
    func run(
        store inUse: StoreInUse,
        inEffect: BookInEffect,
        rebuilds: any Rebuilds,
        membership: Membership,
        services: [any Service]
    ) async throws {
        let keeper = keeper
        let api = ProfileAPI(
            store: inUse,
            log: log,
            keys: keys,
            readiness: process.readiness,
            identity: file,
            rebuilds: rebuilds,
            inEffect: inEffect,
            suppressionKey: suppressionKey,
            gate: forgetting.gate,
            retention: { await keeper.currentPlan() },
            measurements: [process.commonMeasurement(describing: ProfileMetrics.descriptions)]
                + ProfileMetrics(log: log, store: inUse).measurements + [membership.measurement(for: process.name)],
            data: process.options.data
        )
        try await process.run(
            log: log,
            services: [membership, keys, forgetting.control] + services + [erasures(on: log)] + api.services,
            router: api.makeRouter()
        )
    }

    /// Takes from a lane of `control` who it was that was forgotten.
    func erasures(on log: any MessageLog) -> ErasureKeeper {
        ErasureKeeper(
            log: log,
            control: forgetting.control,
            notice: process.logNotice(),
            logger: process.logger
        )
    }

    /// Takes people out of a store, in a directory if it is in a file, that is from before they were forgotten.
    func lateForgetting(in directory: String? = nil) async throws -> LateForgetting {
        let notice = WaitNotice(.store, in: directory)
        return try await LateForgetting(log: log, key: suppressionKey, notice: notice, logger: process.logger)
    }

    /// Refuses a store that was made with another log, before anything of that is brought into it.
    ///
    /// - Parameter name: What the store is called for who has to do something about it.
    func check(_ view: StoreView, of name: String) async throws {
        let taken = try await view.reader.read { try ConsumedPosition.all(in: $0) }
        let read = taken.compactMap { partition, position in
            LogEpoch(position.epoch).map { (Partition(topic: Topic.events, name: partition), $0) }
        }
        try await log.check(isThatOf: name, read: Dictionary(uniqueKeysWithValues: read))
    }

    /// Says when the store goes on with other rules than those of the file.
    func warn(of stored: StoredRules) {
        let standing = stored.standing(beside: .success(rules))
        guard let message = standing.message else { return }
        process.logger.warning(
            "The store goes on with the rules that it was made by",
            metadata: ["identity.file": "\(file.path)", "identity.state": "\(standing.word)", "reason": "\(message)"]
        )
    }
}

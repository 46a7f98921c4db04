import Events
import Hummingbird
import IdentityRules
import MessageLog
import ServiceKit
import ServiceLifecycle

/// The query and administration API: everything that `profile` answers over HTTP.
///
/// - It reads the store and never writes it; what it decides goes to the log.
/// - Every route stands in ``endpoints``, with its scope and what it takes and gives; the OpenAPI document is made from that.
struct ProfileAPI: Sendable {
    let inUse: StoreInUse
    let log: any MessageLog
    let keys: KeyRing
    let readiness: Readiness
    /// Where the identity rules stand that are to be.
    let identity: IdentityRulesFile
    let rebuilds: any Rebuilds
    let inEffect: BookInEffect
    let suppressionKey: SuppressionKey
    /// Keeps whoever is to be forgotten from coming back onto the log; without it nobody is.
    let gate: SuppressionGate?
    /// How much of each topic is kept.
    let retention: @Sendable () async -> RetentionPlan
    let limits: APILimits
    /// What is measured whenever somebody asks for the metrics.
    let measurements: [Measurement]
    /// The data directory.
    let data: String
    let started: Timestamp
    let clock: @Sendable () -> Timestamp
    let replays: ReplayLedger

    /// Creates the API of a running service; it answers nothing before its router serves.
    init(
        store inUse: StoreInUse,
        log: any MessageLog,
        keys: KeyRing,
        readiness: Readiness,
        identity: IdentityRulesFile = IdentityRulesFile(path: "identity.yaml"),
        rebuilds: any Rebuilds = RebuildDesk(),
        inEffect: BookInEffect = BookInEffect(),
        suppressionKey: SuppressionKey,
        gate: SuppressionGate? = nil,
        retention: @escaping @Sendable () async -> RetentionPlan = { .standard },
        limits: APILimits = APILimits(),
        measurements: [Measurement] = [],
        data: String = ".",
        clock: @escaping @Sendable () -> Timestamp = SystemClock.now
    ) {
        self.inUse = inUse
        self.log = log
        self.keys = keys
        self.readiness = readiness
        self.identity = identity
        self.rebuilds = rebuilds
        self.inEffect = inEffect
        self.suppressionKey = suppressionKey
        self.gate = gate
        self.retention = retention
        self.limits = limits
        self.measurements = measurements
        self.data = data
        self.clock = clock
        started = clock()
        replays = ReplayLedger(log: log)
    }

    /// How identifiers are found in the store.
    var lookup: ProfileLookup { inUse.view.lookup }

    /// What must run beside the HTTP server.
    var services: [any Service] { [replays] }

    /// Every route of the API, in the order of its description.
    var endpoints: [Endpoint] {
        profileEndpoints + searchEndpoints + streamEndpoints + segmentEndpoints + keyEndpoints + auditEndpoints
            + deadLetterEndpoints + statusEndpoints + rebuildEndpoints + decisionEndpoints + correctionEndpoints
            + erasureEndpoints + topicEndpoints + logLevelEndpoints
            + backupEndpoints
    }

    /// The router with every route, and with those for health and metrics.
    func makeRouter<Context: RequestContext>(context: Context.Type = BasicRequestContext.self) -> Router<Context> {
        let router = Router(context: context, options: .autoGenerateHeadEndpoints)
        router.add(middleware: RequestMiddleware(service: "profile"))
        router.add(middleware: AnswerHeaders())
        router.add(middleware: ErrorMiddleware())
        router.addOperationRoutes(readiness: readiness, measuring: measurements)
        Dispatcher(api: self).add(described(endpoints), to: router)
        return router
    }
}

/// Every number that bounds what a client may ask for.
struct APILimits: Sendable {
    var bodyBytes = 1 << 20
    var deadline: Duration = .seconds(10)
    /// How long an answer waits for its effect.
    var applying: Duration = .seconds(5)
    var heartbeat: Duration = .seconds(15)
    /// How many records or candidate profiles one request may look at; then it answers with what it has, and a cursor.
    var scanned = 10_000
    /// How long one request may look for what is asked for, likewise: before its deadline, at which it would have nothing.
    var scanning: Duration = .seconds(5)
    /// The bytes of the events on one page, unless it is a single one; then the page ends, and its cursor goes on.
    var bodiesBytes = 8 << 20
    /// Likewise of the traits of the profiles on one page, in characters.
    var traitCharacters = 8 << 20
    /// How many refused administrative calls of one key are written down in a minute; more are not.
    var refusalsPerMinute = 60
}

import Events
import Identity
import ServiceKit
import Store

/// What the pipeline is given to work with.
struct PipelineSettings: Sendable {
    var rules: Rules
    var hash: KeyedHash
    /// The file that tells what is in flight (``InFlightMark``).
    var markPath: String
    /// About how many identifiers are remembered between batches.
    var cacheCapacity = 40_000
    var now: @Sendable () -> Timestamp = SystemClock.now
    /// Whether others are told what becomes of profiles; a store that is made again says nothing until it is in use.
    var tells = true
    /// Whether records that retention has removed are passed over, and not an error.
    var passesOverGaps = false
    /// By what is known who is to be forgotten; without it nobody is.
    var suppressionKey: SuppressionKey?
    /// Say when the log or the store takes nothing.
    var logNotice = WaitNotice(.log)
    var storeNotice = WaitNotice(.store)
    /// For tests only: the name of events that end the process when they are read.
    var trapOn: String?

    init(rules: Rules, hash: KeyedHash, markPath: String) {
        self.rules = rules
        self.hash = hash
        self.markPath = markPath
    }
}

extension KeyedHash {
    /// The hash of this store; its secret is made the first time.
    init(of store: any BatchStore) throws {
        let secret = try store.write { db in
            if let secret = try Meta.bytes("secret", in: db) { return secret }
            let secret = Self.newSecret()
            try Meta.set("secret", secret, in: db)
            return secret
        }
        self.init(secret: secret)
    }
}

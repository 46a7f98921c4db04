import Events
import GRDB
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
    var cacheCapacity = 100_000
    var now: @Sendable () -> Timestamp = SystemClock.now
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
    init(of store: Store) throws {
        let secret = try store.write { db in
            if let secret = try Self.secret(in: db) { return secret }
            let insert = try BulkStatement("INSERT INTO meta (name, value) VALUES ('secret', ?)", in: db)
            let secret = Self.newSecret()
            insert.bind(1, secret)
            try insert.run()
            return secret
        }
        self.init(secret: secret)
    }

    private static func secret(in db: Database) throws -> [UInt8]? {
        let query = try BulkStatement("SELECT value FROM meta WHERE name = 'secret'", in: db)
        defer { query.reset() }
        return try query.step() ? query.bytes(0) : nil
    }
}

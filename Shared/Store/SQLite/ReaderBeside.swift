import GRDB
import Synchronization

/// A connection for reading only, opened when it is first used, that no other read has to be waited for.
final class ReaderBeside: Sendable {
    private let path: String
    private let connection = Mutex<DatabaseQueue?>(nil)

    init(path: String) {
        self.path = path
    }

    /// Reads on a consistent snapshot.
    func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        let queue = try connection.withLock { connection in
            if let connection { return connection }
            let opened = try DatabaseQueue(path: path, configuration: Self.configuration)
            connection = opened
            return opened
        }
        return try queue.read(body)
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(2)
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA temp_store = MEMORY")
            // Many rows of one snapshot; what was kept of it is of no use to the next.
            try db.execute(sql: "PRAGMA cache_size = -16384")
        }
        return configuration
    }
}

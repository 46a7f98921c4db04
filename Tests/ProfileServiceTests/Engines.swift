import Foundation
import PostgreSQL
import Store
import Synchronization
import TestKit
import Testing

@testable import ProfileService

/// On which engine a test makes its stores.
enum Engine {
    /// The PostgreSQL that the suite has.
    @TaskLocal static var available: String?
    /// The PostgreSQL to use; otherwise it is files of SQLite.
    @TaskLocal static var address: String?

    /// An empty store.
    static func store(in folder: String) throws -> any BatchStore {
        guard let address else { return try StoreFiles.open(folder + "/profile.sqlite") }
        let schema = "world_\(UInt64.random(in: 0...UInt64.max))"
        return try PostgreSQLBatchStore(address, schema: schema, migrations: Schema.migrations)
    }

    /// Where stores of a world's own may lie.
    static func places(in folder: String) -> any StorePlaces {
        guard let address else { return StoreFiles(directory: folder) }
        return KeptPlaces(StoreSchemas(address: address, first: "world_\(UInt64.random(in: 0...UInt64.max))"))
    }
}

/// Opens no store a second time that somebody has: in a test a process that was killed is still there.
private final class KeptPlaces: StorePlaces {
    private struct Kept {
        weak var store: (any BatchStore)?
    }

    private let places: any StorePlaces
    private let kept = Mutex<[Int: Kept]>([:])

    init(_ places: any StorePlaces) {
        self.places = places
    }

    func numbers() throws -> Set<Int> { try places.numbers() }

    func open(_ number: Int, for purpose: Store.Purpose) throws -> any BatchStore {
        if let store = kept.withLock({ $0[number]?.store }) { return store }
        let store = try places.open(number, for: purpose)
        kept.withLock { $0[number] = Kept(store: store) }
        return store
    }

    func remove(_ number: Int) {
        places.remove(number)
    }
}

/// Runs each test of a suite on SQLite, and then, of many cases the first few, on a PostgreSQL of the suite's own.
struct OnBothEngines: SuiteTrait, TestTrait, TestScoping {
    /// Tables take their time to be made.
    private static let few = 3
    private static let counts = Mutex<[Test.ID: Int]>([:])

    private static func isDue(_ test: Test.ID) -> Bool {
        counts.withLock { counts in
            counts[test, default: 0] += 1
            return counts[test, default: 0] <= few
        }
    }

    var isRecursive: Bool { true }

    func scopeProvider(for test: Test, testCase: Test.Case?) -> OnBothEngines? { self }

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        if test.isSuite {
            let cluster = try PostgreSQLCluster()
            try await cluster.start()
            try await Engine.$available.withValue(cluster.address) { try await function() }
            cluster.stop()
        } else if testCase == nil {
            try await function()
        } else {
            try await function()
            guard Self.isDue(test.id) else { return }
            try await Engine.$address.withValue(Engine.available) { try await function() }
        }
    }
}

extension Trait where Self == OnBothEngines {
    /// Runs each test of a suite on SQLite, and then on a PostgreSQL of the suite's own.
    static var onBothEngines: Self { Self() }
}

import Synchronization

/// The numbers of the identifiers that were named lately; who reads ahead asks it while the pipeline goes on.
final class KnownIdentifiers: Sendable {
    private let numbers: Mutex<GenerationalCache<Key128, Int64>>

    init(capacity: Int) {
        numbers = Mutex(GenerationalCache(capacity: capacity))
    }

    subscript(_ key: Key128) -> Int64? { numbers.withLock { $0[key] } }

    /// The number of each; 0 of one that is not known.
    func numbers(of keys: [Key128]) -> [Int64] {
        numbers.withLock { numbers in keys.map { numbers[$0] ?? 0 } }
    }

    func insert(_ found: some Sequence<(key: Key128, number: Int64)>) {
        numbers.withLock { numbers in
            for (key, number) in found { numbers.insert(number, for: key) }
        }
    }

    func remove(_ key: Key128) {
        numbers.withLock { $0.remove(key) }
    }
}

/// What a ``GenerationalCache`` keeps its entries in.
protocol LookupTable {
    associatedtype Key
    associatedtype Value

    init(minimumCapacity: Int)
    var count: Int { get }
    subscript(_ key: Key) -> Value? { get set }
}

extension Dictionary: LookupTable {}

/// What was used lately, at most twice the capacity, for the price of a table.
///
/// Entries are added to a young generation. When that is full it becomes the old one, and what was old is forgotten; an
/// old entry that is asked for becomes young again.
struct GenerationalCache<Table: LookupTable> {
    private var young = Table(minimumCapacity: 0)
    private var old = Table(minimumCapacity: 0)
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
    }

    subscript(_ key: Table.Key) -> Table.Value? {
        mutating get {
            if let value = young[key] { return value }
            guard let value = old[key] else { return nil }
            insert(value, for: key)
            return value
        }
    }

    /// Puts an entry in; `nil` changes nothing.
    mutating func insert(_ value: Table.Value?, for key: Table.Key) {
        guard let value else { return }
        if young.count >= capacity {
            old = young
            young = Table(minimumCapacity: capacity)
        }
        young[key] = value
    }

    mutating func remove(_ key: Table.Key) {
        young[key] = nil
        old[key] = nil
    }
}

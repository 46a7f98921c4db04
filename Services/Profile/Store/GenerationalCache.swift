/// What was used lately, at most twice the capacity, for the price of a dictionary.
///
/// Entries are added to a young generation. When that is full it becomes the old one, and what was old is forgotten; an
/// old entry that is asked for becomes young again.
struct GenerationalCache<Key: Hashable, Value> {
    private var young: [Key: Value] = [:]
    private var old: [Key: Value] = [:]
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
    }

    subscript(_ key: Key) -> Value? {
        mutating get {
            if let value = young[key] { return value }
            guard let value = old[key] else { return nil }
            insert(value, for: key)
            return value
        }
    }

    /// Puts an entry in; `nil` changes nothing.
    mutating func insert(_ value: Value?, for key: Key) {
        guard let value else { return }
        if young.count >= capacity {
            old = young
            young = [:]
            young.reserveCapacity(capacity)
        }
        young[key] = value
    }

    mutating func remove(_ key: Key) {
        young[key] = nil
        old[key] = nil
    }
}

/// Values by the numbers of rows.
///
/// A hash table with open addressing. `Dictionary` protects itself from keys that somebody has chosen to collide; nobody chooses these
/// numbers, which are given out one after the other, so a multiplication is hash enough.
struct NumberTable<Value>: LookupTable {
    /// No row has this number.
    private static var free: Int64 { .min }

    /// As many as a power of two, a quarter of them free.
    ///
    /// One whose value was removed stays, so that others are still found behind it.
    private var numbers: [Int64]
    private var values: [Value?]
    private var taken = 0
    private(set) var count = 0

    init(minimumCapacity: Int = 0) {
        var slots = 16
        while slots * 3 / 4 < minimumCapacity { slots *= 2 }
        self.init(slots: slots)
    }

    private init(slots: Int) {
        numbers = Array(repeating: Self.free, count: slots)
        values = Array(repeating: nil, count: slots)
    }

    subscript(number: Int64) -> Value? {
        get {
            let slot = slot(of: number)
            return numbers[slot] == number ? values[slot] : nil
        }
        set {
            let slot = slot(of: number)
            guard numbers[slot] == number else {
                if let newValue { insert(newValue, for: number, at: slot) }
                return
            }
            count += (newValue == nil ? 0 : 1) - (values[slot] == nil ? 0 : 1)
            values[slot] = newValue
        }
    }

    private mutating func insert(_ value: Value, for number: Int64, at slot: Int) {
        numbers[slot] = number
        values[slot] = value
        taken += 1
        count += 1
        if taken > numbers.count * 3 / 4 { rebuild() }
    }

    /// Makes room for as many values again, and leaves out what was removed.
    private mutating func rebuild() {
        var larger = Self(minimumCapacity: count * 2)
        for (number, value) in zip(numbers, values) {
            if let value { larger.insert(value, for: number, at: larger.slot(of: number)) }
        }
        self = larger
    }

    /// The slot that has a number, or is to have it.
    private func slot(of number: Int64) -> Int {
        let mask = numbers.count - 1
        // Multiplied by 2^64 divided by the golden ratio, numbers that follow each other lie far apart.
        var slot = Int(truncatingIfNeeded: (UInt64(bitPattern: number) &* 0x9E37_79B9_7F4A_7C15) >> 32) & mask
        while numbers[slot] != number, numbers[slot] != Self.free { slot = (slot + 1) & mask }
        return slot
    }
}

extension NumberTable: Sendable where Value: Sendable {}

import Events

/// Where the elements of a list that only grows are, found by the hashes of their keys.
///
/// A hash table with open addressing that holds nothing but places: it is a quarter of a dictionary's size, and to make it
/// larger takes no look at the keys.
struct PlaceTable: Sendable {
    private struct Slot: Sendable {
        /// Of the key: nearly always enough to tell others apart.
        var hash: UInt32
        /// Negative where nothing is.
        var place: Int32

        static let free = Slot(hash: 0, place: -1)
    }

    /// As many as a power of two, a quarter of them free.
    private var slots = Array(repeating: Slot.free, count: 16)
    private var count = 0
    /// Where hashes begin: nobody can choose keys that come to the same slot.
    private let seed = UInt64.random(in: 0 ... .max)

    /// The place of a key, where `isThere` says that it is; a new one has the given place, where it is to be put.
    @inline(__always)
    mutating func enter(_ hash: UInt32, new: Int, isThere: (Int) -> Bool) -> Int {
        let slot = slot(of: hash, isThere: isThere)
        if slots[slot].place >= 0 { return Int(slots[slot].place) }
        slots[slot] = Slot(hash: hash, place: Int32(new))
        count += 1
        if count * 4 > slots.count * 3 { grow() }
        return new
    }

    /// The place of a key, where `isThere` says that it is; `nil` when it is nowhere.
    func place(of hash: UInt32, isThere: (Int) -> Bool) -> Int? {
        let place = slots[slot(of: hash, isThere: isThere)].place
        return place < 0 ? nil : Int(place)
    }

    /// The slot that has a key, or is to have it.
    @inline(__always)
    private func slot(of hash: UInt32, isThere: (Int) -> Bool) -> Int {
        var slot = first(for: hash)
        while slots[slot].place >= 0 {
            if slots[slot].hash == hash, isThere(Int(slots[slot].place)) { break }
            slot = next(after: slot)
        }
        return slot
    }

    private mutating func grow() {
        let known = slots
        slots = Array(repeating: .free, count: known.count * 2)
        for entry in known where entry.place >= 0 {
            var slot = first(for: entry.hash)
            while slots[slot].place >= 0 { slot = next(after: slot) }
            slots[slot] = entry
        }
    }

    private func first(for hash: UInt32) -> Int { Int(hash) & (slots.count - 1) }

    private func next(after slot: Int) -> Int { (slot + 1) & (slots.count - 1) }
}

// MARK: - Hashes

// They take fewer steps than `Hasher`'s, which would be most of what a look-up costs.
extension PlaceTable {
    /// The hash of an identifier.
    func hash(of identifier: Identifier) -> UInt32 {
        let value = Self.mix(identifier.value, into: seed)
        return UInt32(truncatingIfNeeded: Self.mix(identifier.namespace, into: value))
    }

    /// The hash of a text's bytes.
    func hash(of text: String) -> UInt32 { UInt32(truncatingIfNeeded: Self.mix(text, into: seed)) }

    /// The hash of two places.
    func hash(of pair: PlacePair) -> UInt32 {
        let both = UInt64(UInt32(bitPattern: pair.first)) << 32 | UInt64(UInt32(bitPattern: pair.second))
        return UInt32(truncatingIfNeeded: Self.mix(both, into: seed))
    }

    private static func mix(_ text: String, into hash: UInt64) -> UInt64 {
        UTF8Order.withBytes(text) { mix($0, into: hash) }
    }

    private static func mix(_ bytes: UnsafeRawBufferPointer, into hash: UInt64) -> UInt64 {
        var hash = hash ^ UInt64(bytes.count)
        var place = 0
        while place + 8 <= bytes.count {
            hash = mix(bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self), into: hash)
            place += 8
        }
        var rest: UInt64 = 0
        while place < bytes.count {
            rest = rest << 8 | UInt64(bytes[place])
            place += 1
        }
        return mix(rest, into: hash)
    }

    /// Each bit of the product depends on all bits of both.
    private static func mix(_ word: UInt64, into hash: UInt64) -> UInt64 {
        let product = (hash ^ word ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
        return product.high ^ product.low
    }
}

/// The places of two elements.
struct PlacePair: Hashable, Sendable {
    var first: Int32
    var second: Int32
}

import Events

/// Where each identifier is among the members of a graph that only grows.
///
/// A hash table with open addressing that holds nothing but places: it is a quarter of a dictionary's size, and to make it
/// larger takes no look at the identifiers.
struct MemberPlaces: Sendable {
    private struct Slot: Sendable {
        /// Of the identifier: nearly always enough to tell others apart.
        var hash: UInt32
        /// Negative where nothing is.
        var place: Int32

        static let free = Slot(hash: 0, place: -1)
    }

    /// As many as a power of two, half of them free.
    private var slots = Array(repeating: Slot.free, count: 16)
    private var count = 0
    /// Where hashes begin: nobody can choose identifiers that come to the same slot.
    private let seed = UInt64.random(in: 0 ... .max)

    /// The place of an identifier; a new one has the place behind the last member, where it is to be put.
    mutating func enter(_ identifier: Identifier, among members: [Component.Member]) -> Int {
        let hash = hash(of: identifier)
        let slot = slot(of: identifier, hash, among: members)
        if slots[slot].place >= 0 { return Int(slots[slot].place) }
        slots[slot] = Slot(hash: hash, place: Int32(members.count))
        count += 1
        if count * 2 > slots.count { grow() }
        return members.count
    }

    /// The place of an identifier; `nil` when it is not among the members.
    func place(of identifier: Identifier, among members: [Component.Member]) -> Int? {
        let place = slots[slot(of: identifier, hash(of: identifier), among: members)].place
        return place < 0 ? nil : Int(place)
    }

    /// The slot that has an identifier, or is to have it.
    private func slot(of identifier: Identifier, _ hash: UInt32, among members: [Component.Member]) -> Int {
        var slot = first(for: hash)
        while slots[slot].place >= 0 {
            if slots[slot].hash == hash, members[Int(slots[slot].place)].identifier == identifier { break }
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

    /// A hash of fewer steps than `Hasher`'s, which would be most of what a look-up costs.
    private func hash(of identifier: Identifier) -> UInt32 {
        let value = UTF8Order.withBytes(identifier.value) { Self.mix($0, into: seed) }
        let both = UTF8Order.withBytes(identifier.namespace) { Self.mix($0, into: value) }
        return UInt32(truncatingIfNeeded: both)
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

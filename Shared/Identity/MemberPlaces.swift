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

    /// The place of an identifier; a new one has the place behind the last member, where it is to be put.
    mutating func enter(_ identifier: Identifier, among members: [Component.Member]) -> Int {
        let hash = Self.hash(of: identifier)
        let slot = slot(of: identifier, hash, among: members)
        if slots[slot].place >= 0 { return Int(slots[slot].place) }
        slots[slot] = Slot(hash: hash, place: Int32(members.count))
        count += 1
        if count * 2 > slots.count { grow() }
        return members.count
    }

    /// The place of an identifier; `nil` when it is not among the members.
    func place(of identifier: Identifier, among members: [Component.Member]) -> Int? {
        let place = slots[slot(of: identifier, Self.hash(of: identifier), among: members)].place
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

    private static func hash(of identifier: Identifier) -> UInt32 {
        UInt32(truncatingIfNeeded: identifier.hashValue)
    }
}

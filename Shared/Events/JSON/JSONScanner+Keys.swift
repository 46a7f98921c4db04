extension JSONScanner {
    /// Keys up to this length may be compared pair by pair.
    static let shortKey = 64
    /// Objects up to this size are; 32 fingerprints fit into a few cache lines.
    private static let smallObject = 32

    /// Refuses an object that has a key twice; never quadratic in what a sender can choose.
    @inline(__always)
    mutating func checkKeys(of object: Int) throws(JSONError) {
        let count = tape[object].count
        if count < 2 { return }
        if count > Self.smallObject || tape[object].has(.special) {
            try checkKeysByHash(of: object)
        } else {
            try checkKeysByPair(of: object, count: count)
        }
    }

    private mutating func checkKeysByPair(of object: Int, count: Int) throws(JSONError) {
        let hasTwins = withUnsafeTemporaryAllocation(of: UInt64.self, capacity: count) { prints in
            var index = object &+ 1
            var hasTwins = false
            for position in 0..<count {
                let print = fingerprint(of: tape[index])
                for other in 0..<position where prints[other] == print { hasTwins = true }
                prints[position] = print
                index = Int(tape[index &+ 1].next)
            }
            return hasTwins
        }
        if hasTwins { try checkKeysByHash(of: object) }
    }

    /// A number that equal keys share and different keys hardly ever do, in a few instructions.
    @inline(__always)
    private func fingerprint(of key: JSONNode) -> UInt64 {
        let start = Int(key.start)
        let length = Int(key.end) &- start
        let pointer = UnsafeRawPointer(base + start)
        if length >= 8 {
            let first = pointer.loadUnaligned(as: UInt64.self)
            let last = pointer.loadUnaligned(fromByteOffset: length &- 8, as: UInt64.self)
            return first &+ last &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(truncatingIfNeeded: length)
        }
        var print = UInt64(truncatingIfNeeded: length)
        for index in 0..<length { print = print << 8 | UInt64(base[start &+ index]) }
        return print
    }

    /// `Set` hashes with a seed of the process, so a sender cannot aim for collisions.
    private mutating func checkKeysByHash(of object: Int) throws(JSONError) {
        let count = tape[object].count
        var seen: Set<String> = []
        seen.reserveCapacity(count)
        var index = object &+ 1
        for _ in 0..<count {
            let key = tape[index]
            let text = JSONText.decode(UnsafeBufferPointer(start: base, count: end), key)
            if !seen.insert(text).inserted { try fault(.duplicateKey(text, at: Int(key.start))) }
            index = Int(tape[index &+ 1].next)
        }
    }
}

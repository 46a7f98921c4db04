import Events

/// A hash of what an event says, the same for the same bytes everywhere and always.
struct ContentHash {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    /// Of everything that is kept of an event.
    static func of(_ envelope: EventEnvelope) -> Int64 {
        var hash = ContentHash()
        hash.combine(UInt64(bitPattern: envelope.timestamp.microseconds))
        hash.combine(envelope.type.rawValue.utf8.reduce(0) { $0 &* 31 &+ UInt64($1) })
        hash.combine(envelope.historical ? 1 : 0)
        hash.combine(envelope.userNamespace ?? "")
        hash.combine(envelope.name ?? "")
        envelope.event.raw.withUnsafeBytes { hash.combine($0) }
        return Int64(bitPattern: hash.state)
    }

    private mutating func combine(_ text: String) {
        var text = text
        text.withUTF8 { combine(UnsafeRawBufferPointer($0)) }
    }

    /// Eight bytes at a time; the length tells a text from the same with zeros behind it.
    private mutating func combine(_ bytes: UnsafeRawBufferPointer) {
        combine(UInt64(bytes.count))
        var at = 0
        while at + 8 <= bytes.count {
            combine(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)))
            at += 8
        }
        var rest: UInt64 = 0
        while at < bytes.count {
            rest = rest << 8 | UInt64(bytes[at])
            at += 1
        }
        combine(rest)
    }

    private mutating func combine(_ word: UInt64) {
        state = (state ^ word) &* 0x9E37_79B9_7F4A_7C15
        state ^= state >> 29
    }
}

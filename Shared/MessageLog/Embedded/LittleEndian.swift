import CISAL

extension UnsafeRawBufferPointer {
    /// The little-endian number at a position.
    func number<Number: FixedWidthInteger>(at position: Int, as type: Number.Type = Number.self) -> Number {
        Number(littleEndian: loadUnaligned(fromByteOffset: position, as: type))
    }

    /// CRC-32C of all bytes, continuing from `seed`.
    func checksum(seed: UInt32 = 0) -> UInt32 {
        guard let first = baseAddress?.assumingMemoryBound(to: UInt8.self) else { return seed }
        // It only reads, whatever its type says, and leaves the inversions to its callers.
        return ~crc32_iscsi(UnsafeMutablePointer(mutating: first), Int32(count), ~seed)
    }

    /// The bytes of a range as a buffer of their own.
    func part(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: self[range]) }
}

extension [UInt8] {
    /// Adds a number in little-endian order.
    mutating func append<Number: FixedWidthInteger>(number: Number) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }

    /// Overwrites four bytes with a number in little-endian order.
    mutating func store(_ number: UInt32, at position: Int) {
        withUnsafeMutableBytes { $0.storeBytes(of: number.littleEndian, toByteOffset: position, as: UInt32.self) }
    }

    /// CRC-32C of a range of the bytes, continuing from `seed`.
    func checksum(of range: Range<Int>, seed: UInt32 = 0) -> UInt32 {
        withUnsafeBytes { $0.part(range).checksum(seed: seed) }
    }
}

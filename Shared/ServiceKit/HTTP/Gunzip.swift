import CZlib

/// Why compressed bytes could not be had.
public enum GunzipError: Error, Equatable, CustomStringConvertible {
    case damaged
    case tooLarge(limit: Int)

    /// One sentence that says what is wrong.
    public var description: String {
        switch self {
        case .damaged: "The body is not valid gzip or zlib data, or is cut short."
        case .tooLarge(let limit): "The decompressed body is larger than \(limit) bytes."
        }
    }
}

/// Decompresses gzip (also of several members) or zlib data, and stops as soon as the limit is passed.
public func gunzip(_ bytes: [UInt8], limit: Int) throws(GunzipError) -> [UInt8] {
    var stream = z_stream()
    // 15 bits of window, and 32: find out by itself which of the two formats it is.
    guard inflateInit2_(&stream, 15 + 32, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
        throw .damaged
    }
    defer { inflateEnd(&stream) }
    let result = bytes.withUnsafeBufferPointer { input -> Result<[UInt8], GunzipError> in
        stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.avail_in = UInt32(clamping: input.count)
        return inflateAll(&stream, expecting: expectedCount(of: bytes, limit: limit), limit: limit)
    }
    return try result.get()
}

/// How much room to make at once, so that nothing is copied while it grows: what a gzip file says at its end, as far as it can be true.
private func expectedCount(of bytes: [UInt8], limit: Int) -> Int {
    guard bytes.starts(with: [0x1F, 0x8B]) else { return 0 }
    let said = bytes.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    // Deflate makes of one byte at most 1,032.
    return min(said, limit, bytes.count * 1032)
}

private func inflateAll(_ stream: inout z_stream, expecting count: Int, limit: Int) -> Result<[UInt8], GunzipError> {
    var output: [UInt8] = []
    output.reserveCapacity(count)
    var chunk = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
        let (status, produced) = chunk.withUnsafeMutableBufferPointer { space -> (Int32, Int) in
            stream.next_out = space.baseAddress
            stream.avail_out = UInt32(space.count)
            let status = inflate(&stream, Z_NO_FLUSH)
            return (status, space.count - Int(stream.avail_out))
        }
        guard output.count + produced <= limit else { return .failure(.tooLarge(limit: limit)) }
        output += chunk[..<produced]
        switch status {
        case Z_STREAM_END where stream.avail_in == 0: return .success(output)
        case Z_STREAM_END: guard inflateReset(&stream) == Z_OK else { return .failure(.damaged) }
        case Z_OK where produced > 0 || stream.avail_in > 0: continue
        default: return .failure(.damaged)
        }
    }
}

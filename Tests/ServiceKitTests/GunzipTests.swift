import CZlib
import ServiceKit
import Testing

@Suite("Gunzip")
struct GunzipTests {
    @Test("gives back what was compressed")
    func roundTrip() throws {
        let text = Array(String(repeating: "hello, world. ", count: 20_000).utf8)
        #expect(try gunzip(try compressed(text), limit: 1 << 20) == text)
    }

    @Test("joins the members of a file that has several")
    func severalMembers() throws {
        let bytes = try compressed(Array("one ".utf8)) + compressed(Array("two".utf8))
        #expect(try gunzip(bytes, limit: 100) == Array("one two".utf8))
    }

    @Test("stops at the limit, however small the bomb was")
    func bomb() throws {
        let bomb = try compressed([UInt8](repeating: 0, count: 40 << 20))
        #expect(bomb.count < 50_000)
        #expect(throws: GunzipError.tooLarge(limit: 1 << 20)) { try gunzip(bomb, limit: 1 << 20) }
    }

    @Test("refuses what is damaged, cut short or empty")
    func damaged() throws {
        let whole = try compressed(Array("some text that is long enough".utf8))
        #expect(throws: GunzipError.damaged) { try gunzip(Array(whole.dropLast(9)), limit: 1000) }
        #expect(throws: GunzipError.damaged) { try gunzip(Array("no gzip".utf8), limit: 1000) }
        #expect(throws: GunzipError.damaged) { try gunzip([], limit: 1000) }
    }
}

private func compressed(_ bytes: [UInt8]) throws -> [UInt8] {
    var stream = z_stream()
    let size = Int32(MemoryLayout<z_stream>.size)
    try #require(deflateInit2_(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK)
    defer { deflateEnd(&stream) }
    var output = [UInt8](repeating: 0, count: bytes.count + 1000)
    let status = bytes.withUnsafeBufferPointer { input in
        output.withUnsafeMutableBufferPointer { space -> Int32 in
            stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            stream.avail_in = UInt32(input.count)
            stream.next_out = space.baseAddress
            stream.avail_out = UInt32(space.count)
            return deflate(&stream, Z_FINISH)
        }
    }
    try #require(status == Z_STREAM_END)
    return Array(output.prefix(Int(stream.total_out)))
}

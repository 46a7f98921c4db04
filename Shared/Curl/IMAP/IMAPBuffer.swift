/// Bytes as they arrive, cut into whole responses: lines, together with the literals in them.
struct IMAPBuffer {
    private var bytes: [UInt8] = []
    /// What comes before belongs to the response but holds no line's end that matters.
    private var searched = 0
    private static let limit = 16 << 20

    mutating func add(_ chunk: some Collection<UInt8>) {
        bytes += chunk
    }

    /// The next whole response without its line end, or `nil` until more has arrived.
    mutating func next() throws(CurlError) -> [UInt8]? {
        while let end = lineEnd() {
            guard let length = try literalLength(before: end) else {
                let response = Array(bytes[..<end])
                bytes.removeFirst(end + 2)
                searched = 0
                return response
            }
            guard bytes.count >= end + 2 + length else { return nil }
            searched = end + 2 + length
        }
        guard bytes.count <= Self.limit else { throw .tooLarge(limit: Self.limit) }
        return nil
    }

    private func lineEnd() -> Int? {
        var index = searched
        while let found = bytes[index...].firstIndex(of: 13) {
            guard found + 1 < bytes.count else { return nil }
            if bytes[found + 1] == 10 { return found }
            index = found + 1
        }
        return nil
    }

    private func literalLength(before end: Int) throws(CurlError) -> Int? {
        guard end > searched, bytes[end - 1] == UInt8(ascii: "}"),
            let open = bytes[searched..<end].lastIndex(of: UInt8(ascii: "{")),
            let length = Int(String(decoding: bytes[(open + 1)..<(end - 1)], as: UTF8.self)), length >= 0
        else { return nil }
        guard length <= Self.limit else { throw .tooLarge(limit: Self.limit) }
        return length
    }
}
